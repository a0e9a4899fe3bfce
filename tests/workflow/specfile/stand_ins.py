"""Adapters that only specs need: arguments, outputs and flags, and nothing that looks or acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field, model_validator

from titan_flow.adapters.base import Action, Adapter, Check, Value
from titan_flow.adapters.field_types import Duration, Pattern
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.settings import Arguments, Settings
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json, Observation
from titan_flow.workflow.specfile import load as loading
from titan_flow.workflow.specfile.model import Spec

RUNS_SERVICES: Mapping[type, Callable[[Site], object]] = {Services: lambda site: None}
Commit = Annotated[str, Field(pattern="^[0-9a-f]{40}$")]


class Image(BaseModel):
    id: str
    digest: str | None = None


class ComposeSettings(Settings):
    """The compose project."""

    block: ClassVar[str] = "compose"
    file: str = Field(default="docker-compose.yml", description="the compose file")
    sudo: bool = False
    services: tuple[str, ...] = ()


class Deed(Action):
    """What stand-ins do is looked at by nobody."""

    async def look(self, site: Site, since: Json) -> Observation:
        raise AssertionError


class Post(Deed):
    """Sends a notification."""

    name = "http.post"
    notifies = True
    url: str


class Running(Check):
    """Every service runs."""

    name = "compose.running"
    needs = ("services",)


class Runs(Check):
    """Exactly these images run."""

    name = "compose.runs"
    images: dict[str, Image]


class Up(Deed):
    """Starts the services."""

    name = "compose.up"
    affects = ("services",)
    needs = ("compose",)
    images: dict[str, Image] | None = None
    pull: Literal["always", "missing", "never"] = "missing"
    remove_orphans: bool = Field(default=False, description="removes what the file no longer has")
    retries: int = Field(default=0, ge=0, le=5)


class Pull(Deed):
    """Pulls every image."""

    name = "compose.pull"
    affects = ("services",)
    outputs: ClassVar[Mapping[str, Json]] = {"images": {"brain": {"id": "sha256:1", "digest": None}}}
    services: list[str] | str = "all"


class ResetTo(Deed):
    """HEAD is the commit."""

    name = "git.reset_to"
    affects = ("checkout",)
    commit: Commit
    remote: str = "origin"
    outputs: ClassVar[Mapping[str, Json]] = {"head": "4f1c2aa9" * 5}


class Tip(Value):
    """The newest commit."""

    name = "git.tip"
    remote: str = "origin"
    branch: str = "main"


class Ok(Check):
    """Answers 200."""

    name = "http.ok"
    url: str
    status: int = 200
    headers: dict[str, str] = Field(default={})
    within: Duration = 5.0


class Clean(Check):
    """The logs have no forbidden line."""

    name = "logs.clean"
    forbid: list[Pattern]
    services: tuple[str, ...] = ()


class Record(Deed):
    """Records what runs."""

    name = "release.record"
    affects = ()
    touches = "snapshot"


class Restore(Deed):
    """Restores a backup."""

    name = "release.restore"
    affects = ("data",)
    destroys = True
    repeats = False
    backup: str = Field(alias="from")


class Service(Arguments):
    logs: Literal["all", "changes"] = "all"


class InterlockSettings(Settings):
    """What may act."""

    block: ClassVar[str] = "interlock"
    interlocks: ClassVar[bool] = True
    services: dict[str, Service]
    armed: Pattern
    disarmed: Pattern


class Disarm(Deed):
    """Sends disarm."""

    name = "interlock.disarm"
    affects = ("interlock",)
    touches = "disarm"
    needs = ("interlock",)
    subject: str
    payload: dict[str, str] | str = ""


class Arm(Disarm):
    """Sends arm."""

    name = "interlock.arm"
    touches = "arm"


class Between(Check):
    """A number between two others."""

    name = "command.between"
    low: int
    high: int

    @model_validator(mode="after")
    def _ordered(self) -> Between:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


class StandIns(Registry):
    def adapter(self, noun: str) -> Adapter:
        if noun == "broken":
            raise ImportError("No module named 'quantum'")
        return super().adapter(noun)


ADAPTERS = StandIns(
    *[
        Adapter("command", "Commands", (Between,)),
        Adapter("compose", "Docker Compose", (Running, Runs, Up, Pull), settings=ComposeSettings, offers=RUNS_SERVICES),
        Adapter("git", "The checkout", (ResetTo,), (Tip,)),
        Adapter("http", "HTTP", (Ok, Post)),
        Adapter("interlock", "Whether it may act", (Disarm, Arm), settings=InterlockSettings),
        Adapter("logs", "Logs", (Clean,)),
        Adapter("release", "Releases", (Record, Restore)),
        Adapter("supervisor", "supervisord", offers=RUNS_SERVICES),
    ],
    table={},
    group="",
)


def loads(text: str, path: str) -> Spec:
    return loading.loads(text, path, ADAPTERS)


GOOD = """\
flow: shop
about: A small shop
target: {ssh: deploy@shop.example.com, directory: /opt/shop}
compose: {file: compose.yml, sudo: true, services: [web, brain]}
interlock:
  services: {brain: {logs: changes}, web: {}}
  armed: "SYSTEM ARMED"
  disarmed: SYSTEM DISARMED
params:
  commit: {about: the commit, pattern: "[0-9a-f]{40}", default: {git.tip: {branch: main}}}
  reason: {default: Deployment}
  backup: {only: nuclear_rollback, pattern: "[a-z.]+"}
defaults: {timeout: 2m, within: 60s, attempts: 3, wait: 1s..30s, on_failure: fast_rollback, on_unknown: park}
states:
  Ready: {initial: true, interlock: any}
  Recorded: {interlock: any}
  Disarmed:
  Fetched: {}
  Pulled: {}
  Up: {}
  Verified: {gate: true}
  Armed: {goal: true, interlock: armed, watch: {for: 5m, every: 10s, check: [green], on_failure: fast_rollback}}
  Reverted: {then: verify_rollback}
  Rebuilt: {then: verify_rebuild}
  RolledBack: {rest: true}
  Refused: {rest: true, interlock: any}
  Halted: {rest: true, notify: true, interlock: any}
blocks:
  green:
    - compose.running:
    - logs.clean: {services: [brain], forbid: [Panic, "Error:"]}
    - http.ok: {url: "https://shop.example.com/health", headers: {x-run: "${run.id}"}}
  disarmed: [{interlock.disarm: {subject: cmd.disarm, payload: {reason: "${params.reason}", by: "op ${run.operator}"}}}]
  back:
    - git.reset_to: {commit: "${release.commit}"}
    - compose.up: {images: "${release.images}", remove_orphans: true}
transitions:
  record:
    from: Ready
    to: Recorded
    check: [compose.running: {}]
    do: [release.record: {}]
    on_failure: Refused
    on_unknown: Refused
  disarm: {from: Recorded, to: Disarmed, do: [disarmed], on_failure: Halted, on_unknown: Halted}
  fetch: {from: Disarmed, to: Fetched, do: [{git.reset_to: {commit: "${params.commit}"}}]}
  pull: {from: Fetched, to: Pulled, do: [{compose.pull: {}}], timeout: 15m}
  up: {from: Pulled, to: Up, do: [{compose.up: {images: "${pull.images}", pull: missing}}]}
  verify: {from: Up, to: Verified, check: [green], steady: 30s}
  arm: {from: Verified, to: Armed, check: [green], do: [{interlock.arm: {subject: cmd.arm}}]}
recoveries:
  fast_rollback: {to: Reverted, do: [disarmed, back, disarmed], on_failure: Halted, on_unknown: Halted}
  verify_rollback: {to: RolledBack, check: [{compose.runs: {images: "${release.images}"}}, green], on_failure: Halted}
  nuclear_rollback:
    to: Rebuilt
    by: operator
    do: [disarmed, {release.restore: {from: "${params.backup}"}}, back, disarmed]
    on_failure: Halted
    on_unknown: Halted
  verify_rebuild: {to: RolledBack, check: [{compose.runs: {images: "${release.images}"}}, green], on_failure: Halted}
prove: [Armed only after Verified, Up only after Disarmed]
x-notes: {anything: goes here}
"""
