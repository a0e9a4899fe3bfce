"""Whether what is disarmed was disarmed by the last run's own rollback, or on purpose, on whichever laptop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titan_flow.states.run import fold
from titan_flow.states.words import Outcome
from titan_flow.workflow.colleague.there import There, ask, records

if TYPE_CHECKING:
    from titan_flow.states.events import Record
    from titan_flow.workflow.drive.place import Place
    from titan_flow.workflow.journal import Journal


async def by_our_own_rollback(place: Place, journal: Journal) -> bool:
    """Whether the last run there, whoever drove it, ended rolled back or halted. Raises Unreachable, DamagedJournal."""
    there = await ask(place.site)
    ours = (journal.read(row.run) for row in journal.runs(environment=place.environment) if row.run not in there.runs)
    told = [await _newest(there), next((one for one in ours if _counts(one)), None)]
    last = max((one for one in told if one), key=lambda one: one[0].at, default=None)
    return last is not None and fold(last).outcome in (Outcome.ROLLED_BACK, Outcome.HALTED)


async def _newest(there: There) -> list[Record] | None:
    for run in there.runs:
        told = records(await there.lines(run), there.name)
        if told and _counts(told):
            return told
    return None


def _counts(told: list[Record]) -> bool:
    """A refused run changed nothing."""
    return fold(told).outcome is not Outcome.REFUSED
