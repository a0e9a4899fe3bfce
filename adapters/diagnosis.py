"""What an adapter may offer to `titan-flow doctor`, by protocol: symptoms, what runs in detail, servers it knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from titan_flow.adapters.effects import Command
from titan_flow.adapters.site import Site

FRONT = "front"
"""the address that users reach, as a kind of server"""


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
class StartedWith:
    """A service's environment and command line. They may hold secrets: they are compared, and never shown."""

    service: str
    env: Mapping[str, str] = field(repr=False)
    args: Sequence[str] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is wrong by itself. `next`: what a person types on the host. `first`: the rest may follow from it."""

    name: str
    what: str
    evidence: tuple[str, ...]
    next: Command
    first: bool = False


class Symptoms(Protocol):
    """What an adapter finds wrong with its own thing. Every installed adapter is asked."""

    about: str
    """what is asked, in a word"""

    async def symptoms(self, site: Site) -> tuple[Symptom, ...]:
        """Raises Unreachable, LookupError, ValueError."""
        ...


@dataclass(frozen=True, slots=True)
class Details:
    """`expected`: the services that should run."""

    parts: tuple[Part, ...] = ()
    expected: tuple[str, ...] = ()
    started_with: tuple[StartedWith, ...] = ()
    symptoms: tuple[Symptom, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """On the host. `sudo`: only root may look there."""

    path: str
    sudo: bool = False


class ServiceDetails(Protocol):
    """More about what runs than `Services` says, and what a person types to see more of it."""

    async def details(self, site: Site) -> Details:
        """Raises Unreachable, LookupError, ValueError."""
        ...

    async def storage(self, site: Site) -> Folder:
        """Where images and logs are kept. Raises Unreachable."""
        ...

    @property
    def by_hand(self) -> ByHand: ...


class ByHand(Protocol):
    """Command lines that a person types on the host."""

    def logs(self, part: Part) -> Command: ...

    def environment(self, part: Part) -> Command: ...

    def memory(self) -> Command: ...

    def storage(self) -> Command:
        """What fills the disk."""
        ...

    def join(self, part: Part, network: str) -> Command: ...


@dataclass(frozen=True, slots=True)
class Server:
    """A kind of server that services connect to: how to recognise one, its clients, and what they complain of."""

    kind: str
    called: str
    """in a sentence"""
    images: re.Pattern[str]
    """found in the name or the image of a service that is one"""
    complaints: re.Pattern[str]
    """found in a line that a client logs when it cannot connect"""
    schemes: tuple[str, ...]
    """of its URLs; what is before a `+` counts alone too (`postgresql+psycopg`)"""
    variables: tuple[str, ...]
    """what names of variables with its password begin with: `PG` as in `PGPASSWORD`"""
    options: Mapping[str, Literal["user", "password"]] = field(default_factory=dict[str, Literal["user", "password"]])
    """words of its own command line, each before a user or a password"""

    def is_served_by(self, part: Part) -> bool:
        return bool(self.images.search(part.service) or self.images.search(part.image))
