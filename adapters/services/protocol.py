"""What runs on a host, whoever runs it: the one shape in which compose and supervisor answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from titan_flow.adapters.effects import Job
from titan_flow.adapters.site import Site
from titan_flow.states.release import Release
from titan_flow.states.values import Json

Health = Literal["healthy", "unhealthy", "starting", "none"]


@dataclass(frozen=True, slots=True)
class Instance:
    """One container or process of a service, as it is now.

    `id` changes when it is recreated (container id; pid and start time). `image` is the id of what it was made from,
    `digest` the registry's name for it. `started` is the host's own stamp, compared only with itself.
    """

    service: str
    id: str
    image: str
    digest: str | None
    running: bool
    health: Health
    restarts: int
    started: str
    exit_code: int | None = None
    oom_killed: bool = False
    age: float | None = None
    """seconds since it started, by the host's clock"""
    paused: bool = False
    """stopped in the middle: it may go on as it was"""
    once: bool = False
    """meant to end: a migration; exit 0 is its health"""
    detached: str = ""
    """why it is not reached, or does not reach others, as its configuration says; empty where it is"""
    revives: bool = True
    """whether its supervisor starts it again after it has failed"""


@dataclass(frozen=True, slots=True)
class Log:
    """What a service's running instance has logged since a mark, or since it started where there is none.

    `complete` is false where rotation, a cut or a new instance means that lines may be missing: older ones than these.
    """

    lines: tuple[str, ...]
    mark: Json
    complete: bool


class Services(Protocol):
    """The supervisor of a flow's services. Reading only, but for `keep`, which builds a job."""

    async def expected(self, site: Site) -> Mapping[str, int | None]:
        """How many instances of each service should run, by the rendered service file; None where it does not say."""
        ...

    async def instances(self, site: Site) -> Sequence[Instance]:
        """Every instance there is, running or not. Raises Unreachable."""
        ...

    async def log(self, site: Site, service: str, since: Json) -> Log:
        """Raises Unreachable; LookupError where the service has no instance at all."""
        ...

    async def release(self, site: Site, commit: str) -> Release:
        """What runs now, as a release of that commit."""
        ...

    def keep(self, release: Release) -> Job | None:
        """Makes sure that nothing prunes the release's images; None where nothing has to be done."""
        ...

    async def superfluous(self, site: Site, releases: Sequence[Release]) -> tuple[str, ...]:
        """What `keep` once kept, and none of these releases needs. Raises Unreachable."""
        ...

    def forget(self, names: Sequence[str]) -> Job:
        """No longer keeps that; what is in use stays."""
        ...


def file_name(name: str) -> str:
    """A service or container as the name of a file."""
    return "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in name)[:80]
