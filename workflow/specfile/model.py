"""A loaded spec: the flow, and what only the rest of titan-flow needs to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from titan_flow.adapters.patterns import matches
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.settings import Settings
from titan_flow.states.model import Flow
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.errors import quote

LONGEST = 1000
"""characters of a value"""


@dataclass(frozen=True, slots=True)
class ValueUse:
    """A value that an adapter looks up before a run starts (`git.tip`)."""

    use: str
    args: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Param:
    """`pattern`: the whole value must match it. `only`: the recovery that alone uses it, and asks for it."""

    name: str
    about: str = ""
    pattern: str | None = None
    default: str | ValueUse | None = None
    only: str | None = None

    def wrong(self, value: str) -> str:
        """What is wrong with a value; nothing where it will do."""
        if len(value) > LONGEST:
            return f"longer than {LONGEST} characters"
        if not value.isprintable():
            return "has characters that cannot be printed"
        if self.pattern is not None and not matches(self.pattern, value):
            return f"{quote(value)} does not match {self.pattern}"
        return ""


@dataclass(frozen=True)
class Target:
    """Where a flow acts: a directory on a host. `ssh` None = this machine; `ssh_config`: a file for `ssh -F`."""

    ssh: str | None
    directory: str
    ssh_config: str | None = None

    def __str__(self) -> str:
        """For people: `deploy@titan.example.com:/opt/titan`, or the directory alone on this machine."""
        return f"{self.ssh}:{self.directory}" if self.ssh else self.directory


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of `operators:`. `key` is a public key line or a fingerprint; None: the name alone is taken."""

    user: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Spec:
    """`operators` None: everyone may. `migrations` are paths in the checkout.

    `text` is the file as it was read, `sha256` (hex) of its UTF-8 bytes; `blocks` are the adapters' settings;
    `adapters` is where its checks, actions and values come from."""

    path: str
    text: str
    sha256: str
    flow: Flow
    blocks: Mapping[str, Settings]
    target: Target
    params: Mapping[str, Param]
    adapters: Registry
    operators: tuple[Person, ...] | None = None
    migrations: tuple[str, ...] = ()
