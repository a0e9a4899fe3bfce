"""What the doctor knows: nothing in here is secret, and nothing in here can act."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from titan_flow.adapters.diagnosis import ByHand, Part, Server, Symptom
from titan_flow.adapters.effects import Command
from titan_flow.states.release import Release
from titan_flow.states.values import Answer


@dataclass(frozen=True, slots=True)
class Login:
    """Who a service says it is to another. User and password are digests under a key of this moment: they can be
    compared with each other and with nothing else. `server`: these are what the server itself was started with.
    """

    service: str
    name: str
    kind: str
    user: str | None
    password: str | None
    server: bool = False


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes and inodes; `inodes` 0: that file system counts none."""

    path: str
    size: int
    free: int
    inodes: int = 0
    inodes_free: int = 0


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """One of the spec's own checks, as it answers now. `connects`: to which kind of server.

    `refused`: nothing listens at the address.
    """

    use: str
    what: str
    connects: str
    answer: Answer
    says: str
    status: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """`unreachable`: why nothing could be asked of the host. `unknown`: what could not be asked.

    `unfinished`: a run that this journal knows as such. `by_hand` None: nobody knows more than what services say.
    """

    spec: str
    ssh: str = ""
    directory: str = ""
    by_hand: ByHand | None = None
    unreachable: str = ""
    expected: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    servers: tuple[Server, ...] = ()
    logins: tuple[Login, ...] = ()
    disks: tuple[Disk, ...] = ()
    looks: tuple[CheckAnswer, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    holder: Mapping[str, str] | None = None
    unfinished: str = ""
    recorded: Release | None = None
    running: Release | None = None
    unknown: Sequence[str] = field(default_factory=tuple[str, ...])

    def of(self, service: str) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.service == service)

    def on_host(self, command: Command) -> str:
        """As an operator types it: on the host, through ssh where it is another machine."""
        words = command.shell_line().text
        return f"ssh {self.ssh} {shlex.quote(words)}" if self.ssh else words

    def logs_of(self, part: Part) -> str:
        return self.on_host(self.by_hand.logs(part)) if self.by_hand else self.spec_again("status")

    def spec_again(self, command: str) -> str:
        return f"titan-flow {command} {shlex.quote(self.spec)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One likely cause. `next` is a command line to type."""

    symptom: str
    what: str
    evidence: tuple[str, ...]
    next: str
