"""What a host knows of its environment: its runs, who has it, and each run's records. Asking takes no lock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from titan_flow.workflow.journal.errors import DamagedJournal

if TYPE_CHECKING:
    from titan_flow.adapters.hosts.guard import Guard
    from titan_flow.adapters.site import Site
    from titan_flow.states.events import Record


@dataclass(frozen=True)
class There:
    """`runs`: newest first. `holder`: who has the environment (`run`, `alive`, `operator`, `since`), if anybody has."""

    name: str
    runs: Sequence[str]
    holder: Mapping[str, str] | None
    guard: Guard

    @property
    def held(self) -> str | None:
        """The run that has the environment."""
        return self.holder.get("run") if self.holder is not None else None

    def drives(self, run: str) -> bool:
        """Whether a living process drives that run."""
        return self.held == run and self.holder is not None and self.holder.get("alive") == "yes"

    async def lines(self, run: str) -> list[str]:
        """A run's records as the host has them; none where it knows no such run. Raises Unreachable, Refused."""
        return await self.guard.lines(run) if run in self.runs else []


async def ask(site: Site) -> There:
    """Raises Unreachable, Refused."""
    from titan_flow.adapters.hosts.guard import Guard

    guard = Guard(site.host, site.directory, site.port, site.masks)
    runs, holder = await asyncio.gather(guard.runs(), guard.holder())
    return There(site.host.name, tuple(reversed(runs)), holder, guard)


def records(lines: Sequence[str], where: str) -> list[Record]:
    """The records of a copy, its chain verified. Raises DamagedJournal, NewerJournal."""
    from titan_flow.workflow.journal.reading import records_of

    try:
        return records_of(lines, f"the copy on {where}")
    except DamagedJournal as damaged:
        raise DamagedJournal(
            str(damaged).replace("; trust the host's copy instead", "; it is not to be trusted")
        ) from None


def diverged(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Neither is the beginning of the other."""
    shared = min(len(ours), len(theirs))
    return list(ours[:shared]) != list(theirs[:shared])


def truer(ours: Sequence[str], theirs: Sequence[str]) -> Sequence[str]:
    """The longer of two copies of one run; the host's where they tell different stories: jobs are started by it."""
    return theirs if diverged(ours, theirs) or len(theirs) > len(ours) else ours
