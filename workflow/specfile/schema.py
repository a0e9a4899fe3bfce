"""The shape of a spec: which keys there are, and what each takes."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from titan_flow.adapters.patterns import problem
from titan_flow.states.durations import duration, seconds
from titan_flow.states.values import Json

LONGEST = 86400.0
"""seconds: no duration of a spec is longer than a day"""
MOST_SAMPLES = 10_000
"""looks of one watch"""
NAME = "[A-Za-z][A-Za-z0-9_]{0,63}"
FLOW = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
RESERVED = frozenset({"params", "run", "step", "release", "park"})
"""not names of states and edges: they have a meaning in `${…}` or as a target"""


def wrong(text: str) -> PydanticCustomError:
    return PydanticCustomError("mistake", "{text}", {"text": text})


def _duration(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise wrong(f"{value} has no unit; write it like 30s or 2m")
    if not isinstance(value, str):
        raise wrong("takes a duration like 30s or 2m")
    try:
        found = seconds(value)
    except ValueError as why:
        raise wrong(str(why)) from None
    if not 0 < found <= LONGEST:
        raise wrong(f"must be more than 0s and at most {duration(LONGEST)}")
    return found


def _wait(value: object) -> tuple[float, float]:
    low, dots, high = value.partition("..") if isinstance(value, str) else ("", "", "")
    if not dots:
        raise wrong("takes two durations like 1s..30s")
    least, most = _duration(low), _duration(high)
    if least > most:
        raise wrong(f"{low} is longer than {high}; write the shorter wait first")
    return least, most


def _regex(value: object) -> str:
    if not isinstance(value, str):
        raise wrong("takes a regular expression, as text")
    if (why := problem(value)) is not None:
        raise wrong(f"not a regular expression: {why}")
    return value


def _directory(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("/") or not value.isprintable():
        raise wrong("takes an absolute path, like /opt/titan")
    parts = [part for part in value.split("/") if part not in ("", ".")]
    if ".." in parts or not parts:
        raise wrong("takes an absolute path without `..`, and not / itself")
    return "/" + "/".join(parts)


_ADDRESS = re.compile(
    r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
)


def _address(value: object) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise wrong("takes USER@HOST, HOST, USER@HOST:PORT, or a name of your ssh configuration")
    return value


def _relative(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or not value.strip("/."):
        raise wrong("takes a path in the checkout, like db/migrations")
    if value.startswith("/") or ".." in value.split("/"):
        raise wrong("takes a path in the checkout, without a leading / and without `..`")
    return "/".join(part for part in value.split("/") if part not in ("", "."))


_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(@[A-Za-z0-9][A-Za-z0-9._-]*)?")
_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}|(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?")


def _name(value: object) -> str:
    if not isinstance(value, str) or not _USER.fullmatch(value):
        raise wrong("takes USER or USER@HOST")
    return value


def _key(value: object) -> str:
    if not isinstance(value, str) or not _KEY.fullmatch(value):
        raise wrong("takes a public key (ssh-ed25519 AAAA…) or its fingerprint (SHA256:…)")
    return value


_SPAN = r"^([0-9]+(\.[0-9]+)?(ms|[smhd]))+"
Duration = Annotated[float, BeforeValidator(_duration), WithJsonSchema({"type": "string", "pattern": _SPAN + "$"})]
Wait = Annotated[
    tuple[float, float],
    BeforeValidator(_wait),
    WithJsonSchema({"type": "string", "pattern": rf"{_SPAN}\.\.{_SPAN[1:]}$"}),
]
Regex = Annotated[str, BeforeValidator(_regex), WithJsonSchema({"type": "string", "format": "regex"})]
Directory = Annotated[str, BeforeValidator(_directory), WithJsonSchema({"type": "string", "pattern": "^/."})]
Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"type": "string"})]
Steps = Annotated[list[Json], WithJsonSchema({"x-is": "steps"})]
RelativePath = Annotated[str, BeforeValidator(_relative), WithJsonSchema({"type": "string", "pattern": "^[^/]"})]
Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string"})]
Key = Annotated[str, BeforeValidator(_key), WithJsonSchema({"type": "string", "pattern": "^(SHA256:|ssh-|ecdsa-|sk-)"})]


class Shape(BaseModel):
    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", strict=True)


class Target(Shape):
    """Where the flow acts."""

    ssh: Address | None = Field(None, description="USER@HOST or USER@HOST:PORT; without it, this machine")
    ssh_config: Directory | None = Field(
        None, description="an ssh configuration for this flow (`ssh -F`), on this machine"
    )
    directory: Directory = Field(description="the deployed checkout: every command runs in it")


class Patient(Shape):
    """How long, and how often."""

    timeout: Duration | None = Field(None, description="one attempt of one action may take this long (2m)")
    within: Duration | None = Field(
        None, description="how long a check, or the confirmation of an action, may take (60s)"
    )
    attempts: int | None = Field(None, ge=1, le=20, description="how often an action is tried, errors included (3)")
    wait: Wait | None = Field(None, description="shortest and longest wait between attempts (1s..30s)")


class Failing(Patient):
    on_failure: str | None = Field(None, description="the recovery or resting state to go to on a failure")
    on_unknown: str | None = Field(None, description="the same where the answer stays unknown; `park` asks a person")


class Defaults(Failing):
    """For every transition that does not say otherwise. `on_failure` is never applied to a recovery."""


class Watch(Failing):
    """A hold after the goal is entered: every check must stay yes."""

    duration: Duration = Field(alias="for", description="how long every check must stay yes")
    every: Duration = Field(10.0, description="the time between two samples")
    check: Steps = Field(description="checks")


class State(Shape):
    """A named, persisted point of a run."""

    about: str = ""
    initial: bool = Field(False, description="where every run begins; exactly one")
    goal: bool = Field(False, description="where a run wants to end")
    rest: bool = Field(False, description="where a run may end otherwise")
    gate: bool = Field(False, description="every way to the goal passes here")
    notify: bool = Field(False, description="a run that ends here sends the notifications of `notify:`")
    interlock: Literal["any", "armed", "disarmed"] = Field("disarmed", description="what the system is here")
    then: str | None = Field(None, description="the recovery that leads on from here")
    watch: Watch | None = None


class Edge(Failing):
    to: str = Field(description="the state that is entered when every step is done")
    about: str = ""
    check: Steps = Field([], description="checks; all must say yes together")
    do: Steps = Field([], description="steps that act, one after the other")
    steady: Duration | None = Field(None, description="every check must stay yes for this long")


class Transition(Edge):
    """One edge of the way there."""

    source: str = Field(alias="from", description="the state it leads on from")


class Recovery(Edge):
    """One edge of a recovery. It starts from every `on_failure` and `then` that names it."""

    by: Literal["operator"] | None = Field(None, description="entered only by an operator's command")


class Param(Shape):
    """A value given with `--set NAME=VALUE`."""

    about: str = ""
    pattern: Regex | None = Field(None, max_length=500, description="the whole value must match it")
    default: Json = Field(
        None, description="text, or a value looked up before the run", json_schema_extra={"x-is": "default"}
    )
    only: str | None = Field(None, description="the recovery that alone uses it; other runs do not ask for it")


class Person(Shape):
    """Who may drive. With `key`, whoever can sign with it; without, whoever says that name."""

    user: Name | None = Field(None, description="USER or USER@HOST; with a key, the name that its runs bear")
    key: Key | None = Field(None, description="a public key (`ssh-ed25519 AAAA…`) or its fingerprint (`SHA256:…`)")

    @model_validator(mode="after")
    def _somebody(self) -> Person:
        if self.user is None and self.key is None:
            raise wrong("names no one: give `user`, `key`, or both")
        return self


class Unattended(Shape):
    """What the host does by itself once a run has no driver."""

    after: Duration = Field(120.0, description="how long after the last sign of a driver; at least 5s (2m)")
    do: Literal["rollback", "disarm"] = Field(
        "rollback", description="rollback: disarm, then run `fast_rollback`; disarm: only that (rollback)"
    )
    parked: Literal["wait", "rollback"] = Field(
        "wait", description="a run that waits for a person: wait, or act after that time too (wait)"
    )


class Top(Shape):
    """A flow: its target, its parameters, its states, and the transitions between them."""

    flow: str = Field(pattern=f"^{FLOW}$", description="the flow's name")
    about: str = ""
    target: Target
    params: dict[str, Param] = Field({}, description="what `${params.x}` names")
    defaults: Defaults | None = None
    states: dict[str, State]
    blocks: dict[str, Steps] = Field({}, description="named lists of steps, used by name wherever steps are allowed")
    transitions: dict[str, Transition] = Field(description="the way there")
    recoveries: dict[str, Recovery] = Field({}, description="what to do after a failure, for example roll back")
    prove: list[str] = Field([], description="sentences that must hold: `Armed only after Verified`")
    migrations: list[RelativePath] | RelativePath | None = Field(
        None, description="files or folders of the checkout that change data; where a run touches them, a rollback asks"
    )
    unattended: Unattended | None = Field(
        None, description="what the host does by itself where a run has no driver; without it, nothing"
    )
    operators: list[str | Person] | None = Field(
        None, description="who may run, resume, roll back, arm and adopt; without it, everyone"
    )
    notify: Steps = Field(
        [], description="steps that send a notification when a run ends in a state with `notify: true`"
    )
