"""What an adapter may offer to the rest of titan-flow besides checks and actions, by protocol.

Nobody below names an adapter: `site.offered(Checkout)` is whoever this flow has for it. Who runs the services is in
`services/protocol.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from titan_flow.adapters.site import Site
from titan_flow.states.values import Evidence, Interlock, Json, Observation


@dataclass(frozen=True, slots=True)
class Commit:
    """What people know a commit by; `at` is its author's time, ISO 8601 with offset."""

    hash: str
    subject: str
    author: str
    at: str


@dataclass(frozen=True, slots=True)
class Between:
    """`commits` newest first, the newest few of `count`; `back`: they are taken away, not added. `files` changed."""

    commits: tuple[Commit, ...]
    count: int
    back: bool
    files: tuple[str, ...]


class Checkout(Protocol):
    """The flow's directory as a checkout of commits. All raise Unreachable, and LookupError where there is no such."""

    async def head(self, site: Site) -> str:
        """The full hash that is checked out."""
        ...

    async def describe(self, site: Site, commit: str) -> Commit:
        """Subject, author and time; fetched first where it is not here yet."""
        ...

    async def clean(self, site: Site) -> Observation:
        """Whether the work tree is exactly the commit that is checked out."""
        ...

    async def between(self, site: Site, one: str, other: str) -> Between:
        """What lies between two commits: whose, and which files."""
        ...


@dataclass(frozen=True, slots=True)
class Surveyed:
    """`stopped`: none of the services that hold the interlock runs, by the word of whoever runs them. `evidence`: what
    says so of each service.
    """

    interlock: Interlock
    stopped: bool = False
    evidence: Evidence = field(default_factory=dict[str, Json])


class InterlockSurvey(Protocol):
    """Asks every service that holds the interlock whether the system may act."""

    async def __call__(self, site: Site) -> Surveyed:
        """Raises Unreachable."""
        ...


@runtime_checkable
class Probes(Protocol):
    """A check that can be asked lightly and often while an action runs: is a client served now?"""

    @property
    def address(self) -> str:
        """What a client asks, for people."""
        ...

    async def probe(self, site: Site) -> bool:
        """Whether the answer is as the check wants it. No answer is none: raises nothing of its own."""
        ...


class SecretsOnHost(Protocol):
    """Teaches the site's redactor what files on the host keep secret."""

    async def __call__(self, site: Site) -> None:
        """Before anything is said that may hold it. Raises nothing: what cannot be read is told by whoever needs it."""
        ...


class Snapshot(Protocol):
    """What runs, as files for a diagnostics bundle."""

    async def __call__(self, site: Site, lines: int) -> tuple[dict[str, str], list[str]]:
        """Text by file name, with the last `lines` of each log; and what could not be had, in words.

        Raises Unreachable, LookupError, ValueError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup of the data. `age` in seconds, by the host's clock; `size` in bytes."""

    name: str
    size: int
    age: float


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows by table, now and in the backup; None where they could not be counted."""

    now: Mapping[str, int] | None
    then: Mapping[str, int] | None

    @property
    def changed(self) -> list[tuple[str, int | None, int | None]]:
        """Tables whose counts differ: name, now, then."""
        now, then = self.now or {}, self.then or {}
        tables = sorted({*now, *then})
        return [(table, now.get(table), then.get(table)) for table in tables if now.get(table) != then.get(table)]


class Backups(Protocol):
    """What the flow's data can be restored from. All but `folder` raise Unreachable."""

    def folder(self, site: Site) -> str:
        """Where they lie on the host."""
        ...

    async def newest(self, site: Site) -> list[Backup]:
        """All that can be named, newest first."""
        ...

    async def loss(self, site: Site, backup: str) -> Loss:
        """What restoring it would lose, counted as far as it can be: a minute at most."""
        ...


def checkout_of(site: Site) -> Checkout:
    """Raises LookupError where no adapter of this flow knows a checkout."""
    if (found := site.offered(Checkout)) is None:
        raise LookupError("no adapter of this flow knows which commit is checked out")
    return found


async def survey_interlock(site: Site) -> Surveyed:
    """The interlock as it is now, *unknown* where no adapter of this flow has one. Raises Unreachable."""
    found = site.offered(InterlockSurvey)
    return await found(site) if found is not None else Surveyed(Interlock.UNKNOWN)
