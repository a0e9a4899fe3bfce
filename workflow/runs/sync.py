"""Before a run is driven on, its journal learns what the host knows; a journal that went another way is refused."""

from __future__ import annotations

from titan_flow.states.events import Record
from titan_flow.states.hashing import fields
from titan_flow.states.outline import Account, account_of
from titan_flow.states.run import fold
from titan_flow.workflow.errors import ForkedRunError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.errors import DamagedJournal, Diverged
from titan_flow.workflow.runs.host_copy import HostCopy, authoritative_copy, diverged, records


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


async def take_in(journal: Journal, there: HostCopy, run: str) -> Account | None:
    """How a run stands, once the journal has the records that only the host had. None where neither has any.

    Raises as `learn` does.
    """
    ours = journal.account(run)
    if ours is not None and await has_no_more(journal, there, run, ours.run.seq):
        return ours
    await learn(journal, there, run)
    return journal.account(run)


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
    best, _ = await best_account(journal, there, run)
    return best is not None and best.run.ended is None


async def best_account(journal: Journal, there: HostCopy, run: str) -> tuple[Account | None, str]:
    """How a run stands by the better copy, and what to say of the other one. None where neither has the run.

    Raises DamagedJournal where this journal has none and the host's is damaged.
    """
    ours = journal.account(run)
    if ours is not None and await has_no_more(journal, there, run, ours.run.seq):
        return ours, ""
    here = journal.lines(run)
    try:
        theirs = await there.lines(run, here)
    except DamagedJournal as damaged:
        if ours is None:
            raise
        return ours, str(damaged)
    best = authoritative_copy(here, theirs)
    differs = bool(theirs) and diverged(here, theirs)
    doubt = f"this journal's copy of run {run} differs; this is the copy on {there.name}" if differs else ""
    if best is here:
        return ours, doubt
    return account_of(records(best, there.name)), doubt


async def has_no_more(journal: Journal, there: HostCopy, run: str, last: int) -> bool:
    """Whether the host's copy is ours, up to record number `last`, or its beginning.

    Its last record says so: it carries the hash of all before.
    """
    end = await there.end(run, last)
    if len(end) != 1:
        return not end
    seq = fields(end[0]).get("seq")
    return isinstance(seq, int) and journal.line(run, seq) == end[0]
