"""What a host knows of its environment: its runs, who has it, and each run's records. Asking takes no lock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import word
from titan_flow.adapters.site import Site
from titan_flow.states.events import Record
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.journal.errors import DamagedJournal
from titan_flow.workflow.journal.parse import records_of
from titan_flow.workflow.runs.repair import trusted
from titan_flow.workflow.specfile.model import Spec


@dataclass(frozen=True)
class HostCopy:
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

    async def lines(self, run: str, ours: Sequence[str] = ()) -> list[str]:
        """A run's records as the host has them, none where it knows no such run; `ours` replace damaged ones.

        Raises Unreachable, Refused, DamagedJournal.
        """
        return trusted(ours, await self.guard.lines(run), self.name) if run in self.runs else []

    async def end(self, run: str, first: int) -> list[str]:
        """Its records from number `first` on, but the last one in any case, as they are there. Raises Unreachable."""
        return await self.guard.lines(run, first) if run in self.runs else []


async def ask(site: Site) -> HostCopy:
    """Raises Unreachable, Refused."""

    guard = site.guard()
    runs, holder = await asyncio.gather(guard.runs(), guard.holder())
    return HostCopy(site.host.name, tuple(reversed(runs)), holder, guard)


def records(lines: Sequence[str], where: str) -> list[Record]:
    """The records of a copy, its chain verified. Raises DamagedJournal, NewerJournal."""

    try:
        return records_of(lines, f"the copy on {where}")
    except DamagedJournal as damaged:
        raise DamagedJournal(str(damaged).replace("; trust the host's copy instead", "; do not trust it")) from None


def diverged(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Neither is the beginning of the other."""
    shared = min(len(ours), len(theirs))
    return list(ours[:shared]) != list(theirs[:shared])


def authoritative_copy(ours: Sequence[str], theirs: Sequence[str]) -> Sequence[str]:
    """The longer of two copies of one run; the host's if they differ: jobs are started by it."""
    return theirs if diverged(ours, theirs) or len(theirs) > len(ours) else ours


PATIENCE = 10.0
"""seconds that the host may take to answer"""


def copy_on_host(spec: Spec, run: str) -> list[str] | str:
    """The lines that the host has, none where it knows nothing of the run; or why it could not be asked."""

    try:
        return asyncio.run(_asked(spec, run))
    except (Unreachable, Refused, TimeoutError, ValueError) as why:
        return str(why) or f"no answer within {PATIENCE:.0f} s"


async def _asked(spec: Spec, run: str) -> list[str]:
    site = site_of(spec)
    try:
        async with asyncio.timeout(PATIENCE):
            return await site.guard().lines(word(run))
    finally:
        await site.close()
