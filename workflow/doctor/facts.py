"""What the doctor knows: nothing in here is secret, and nothing in here can act."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from titan_flow.states.release import Release
from titan_flow.states.values import Answer


@dataclass(frozen=True, slots=True)
class Part:
    """One container or process. `last`: its last log lines, the newest at the end. `probe`: its health check's words.

    `age`: seconds since it started. `networks`: the names of those it is in. `ports`: those that it publishes.
    """

    service: str
    name: str
    running: bool
    status: str = "running"
    health: str = "none"
    restarts: int = 0
    age: float | None = None
    exit_code: int | None = None
    oom_killed: bool = False
    once: bool = False
    image: str = ""
    networks: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    last: tuple[str, ...] = ()
    probe: str = ""

    @property
    def fault(self) -> str:
        """What is wrong with it, in words; nothing where it does what it should."""
        if self.once and not self.running:
            return f"ended with exit {self.exit_code}" if self.exit_code else ""
        if self.status == "restarting":
            return f"restarts again and again ({self.restarts} times, exit {self.exit_code})"
        if not self.running:
            return f"does not run ({self.status}, exit {self.exit_code})"
        return f"is {self.health}" if self.health in ("unhealthy", "starting") else ""


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
    """One of the spec's own checks, as it answers now."""

    use: str
    what: str
    answer: Answer
    says: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`unreachable`, `engine`: why nothing could be asked of the host, of docker. `lock`: a standing `index.lock`, in
    words, and its path. `unknown`: what could not be asked. `unfinished`: a run that this journal knows as such.
    """

    spec: str
    ssh: str = ""
    directory: str = ""
    sudo: bool = False
    compose: bool = True
    unreachable: str = ""
    engine: str = ""
    expected: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    logins: tuple[Login, ...] = ()
    disks: tuple[Disk, ...] = ()
    looks: tuple[CheckAnswer, ...] = ()
    leftovers: tuple[str, ...] = ()
    lock: tuple[str, str] | None = None
    holder: Mapping[str, str] | None = None
    unfinished: str = ""
    context: str = ""
    """the docker context, where it is not the user's own"""
    recorded: Release | None = None
    running: Release | None = None
    unknown: Sequence[str] = field(default_factory=tuple[str, ...])

    def of(self, service: str) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.service == service)

    def faulty(self) -> list[Part]:
        return [part for part in self.parts if part.fault]

    def on_host(self, *argv: str, root: bool = False) -> str:
        """A command line as an operator types it: on the host, through ssh where it is another machine."""
        words = shlex.join((*(("sudo",) if root else ()), *argv))
        return f"ssh {self.ssh} {shlex.quote(words)}" if self.ssh else words

    def docker(self, *argv: str) -> str:
        context = ("--context", self.context) if self.context else ()
        return self.on_host("docker", *context, *argv, root=self.sudo)

    def logs_of(self, part: Part) -> str:
        return self.docker("logs", "--tail", "100", part.name) if self.compose else self.spec_again("status")

    def spec_again(self, command: str) -> str:
        return f"titan-flow {command} {shlex.quote(self.spec)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One likely cause. `next` is a command line to type."""

    symptom: str
    what: str
    evidence: tuple[str, ...]
    next: str
