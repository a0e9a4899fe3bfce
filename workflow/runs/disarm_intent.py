"""Whether the system was disarmed by the last run's own rollback, or deliberately, on any laptop."""

from __future__ import annotations

from titan_flow.adapters.guard.client import LastDisarm
from titan_flow.states.events import Record
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import DamagedJournal
from titan_flow.workflow.runs.host_copy import HostCopy, ask, records


def disarmed_deliberately(last: Run | None, seen: Interlock, disarm: LastDisarm) -> bool:
    """Whether a person wants it disarmed: then a run leaves it so, unless told otherwise. Pure.

    `last` is the last run there, `seen` the interlock now, `disarm` the last emergency disarm.
    Whatever a run took for a purpose when it began stays one, however that run ended.
    """
    if seen is Interlock.ARMED:
        return False
    if last is None:
        return seen is Interlock.DISARMED or disarm.ever
    if last.started.purpose == "disarm" or last.emergency is not None or disarm.identity != last.started.last_disarm:
        return True
    if not last.started.may_arm:
        return True
    return seen is Interlock.DISARMED and last.outcome not in (Outcome.ROLLED_BACK, Outcome.HALTED)


async def last_run(place: Environment, journal: Journal) -> Run | None:
    """The last run there that was not refused, whoever drove it. None where it cannot be read. Raises Unreachable."""
    there = await ask(place.site)
    ours = (
        journal.read(row.run) for row in journal.summaries(environment=place.environment) if row.run not in there.runs
    )
    try:
        newest = await _newest(there, journal)
    except DamagedJournal:
        return None  # as on a host of which nothing is known: what is disarmed then stays so
    mine = next((one for one in ours if _counts(one)), None)
    return later(fold(newest) if newest else None, fold(mine) if mine else None)


def later(one: Run | None, other: Run | None) -> Run | None:
    """Which of two runs had the environment last: by the host's epoch, not by the clocks of two laptops. Pure.

    An emergency disarm takes no epoch: then only their clocks are left.
    """
    if one is None or other is None:
        return one or other
    if one.epoch and other.epoch:
        return max(one, other, key=lambda run: run.epoch)
    return max(one, other, key=lambda run: run.began)


async def _newest(there: HostCopy, journal: Journal) -> list[Record] | None:
    for run in there.runs:
        told = records(await there.lines(run, journal.lines(run)), there.name)
        if told and _counts(told):
            return told
    return None


def _counts(told: list[Record]) -> bool:
    """A refused run changed nothing."""
    return fold(told).outcome is not Outcome.REFUSED
