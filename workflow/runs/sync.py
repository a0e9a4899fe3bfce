"""Before a run is driven on, its journal learns what the host knows; a journal that went another way is refused."""

from __future__ import annotations

from titan_flow.states.events import Record
from titan_flow.states.run import fold
from titan_flow.workflow.errors import ForkedRunError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import DamagedJournal, Diverged
from titan_flow.workflow.runs.host_copy import HostCopy, diverged, records


async def learn(journal: Journal, there: HostCopy, run: str) -> list[Record]:
    """All records of a run, with those that only the host had. Raises UserError, DamagedJournal, Unreachable."""
    theirs = await there.lines(run, journal.lines(run))
    if not theirs:
        return journal.read(run)
    records(theirs, there.name)
    try:
        return journal.import_(theirs, learned=True)
    except Diverged:
        raise ForkedRunError(forked(journal.lines(run), theirs, there.name)) from None


def forked(ours: list[str], theirs: list[str], where: str) -> str:
    """Words for the laptop that was away while another carried its run on."""
    shared = next(
        (n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
    )
    there = records(theirs, where)
    run, by = fold(there), next((r.event.operator for r in reversed(there) if r.event.kind == "driver.took"), None)
    return (
        f"run {run.id} was continued by {by or 'another operator'} from record {shared}; this journal has "
        f"{len(ours) - shared} later records that {where} never received, so it cannot continue the run.  "
        f"On {where} it is in {run.state} ({run.outcome}). See: titan-flow status SPEC"
    )


async def unfinished(journal: Journal, there: HostCopy, run: str) -> bool:
    """Whether a run of this journal is unfinished. Where the host knows more, or better, its copy counts."""
    ours = journal.lines(run)
    try:
        theirs = await there.lines(run, ours)
    except DamagedJournal:
        theirs = list[str]()
    if theirs and (diverged(ours, theirs) or len(theirs) > len(ours)):
        return fold(records(theirs, there.name)).ended is None
    return fold(journal.read(run)).ended is None
