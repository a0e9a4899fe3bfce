"""One trip of a recorded run: take the environment, drive, tell the host, let go."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress

from titan_flow.adapters.errors import Fenced, Locked, Refused, Unreachable
from titan_flow.adapters.guard.client import Taken
from titan_flow.states.events import DriverTook, Event, RunEnded, RunResumed, RunStarted, StepAnswered
from titan_flow.states.identity import Operator
from titan_flow.states.run import Run
from titan_flow.states.values import Outcome
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive
from titan_flow.workflow.engine.recorder import Recorder
from titan_flow.workflow.engine.unattended import take_in
from titan_flow.workflow.errors import ForkedRunError
from titan_flow.workflow.journal.errors import Diverged, Overtaken
from titan_flow.workflow.runs.repair import trusted
from titan_flow.workflow.runs.sync import forked
from titan_flow.workflow.session.notify import notify

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""of run ids: none that look alike"""
TRIES = 100
"""appends that the driver before may win while it is being replaced"""


def new_id() -> str:
    """Six letters; the journal refuses one that is taken."""
    return "".join(secrets.choice(LETTERS) for _ in range(6))


async def trip(
    context: RunContext,
    record: Recorder,
    operator: Operator,
    takeover: bool,
    said: Sequence[Event],
    warn: Callable[[str], None],
) -> Run:
    """Drives a run from where its journal says it is; what the operator `said` is recorded once it is ours to drive.

    `warn` takes what the host could not be told at the end. Raises Locked, Fenced, ForkedRunError, Unreachable,
    JournalError.
    """
    who = {"operator": str(operator), "pid": str(os.getpid())}
    if said and isinstance(said[0], RunStarted):
        await record(said[0])
        said = said[1:]
    try:
        taken = await context.guard.take(record.id, who, takeover)
    except Refused as no:
        if record.run.epoch == 0:  # lost the race for the environment, or no room for it: nothing began
            says = "another run took the environment first" if isinstance(no, Locked) else str(no)
            await record(_never_began(record.run, says))
        raise
    context.epoch = taken.epoch
    if await _took(context, record, operator, taken):
        await take_in(context, record, operator)
        for event in _still_meant(said, record.run, operator):
            await record(event)
    await context.tell(record.run)  # from now on another operator can see it
    run = await drive(context.flow, record.run, context, record, record.commit)
    await _let_go(run, context, warn)
    await notify(run, context, record)
    return record.run


async def _took(context: RunContext, record: Recorder, operator: Operator, taken: Taken) -> bool:
    """Makes this process the run's driver in the journal too. False where the run has ended meanwhile.

    The driver before us may write on until it notices: what it wrote is read, and it loses the next append. Only a
    driver with a higher epoch stops us. Raises Fenced, ForkedRunError, DamagedJournal.
    """
    for _ in range(TRIES):
        await _catch_up(context, record, taken)
        if record.run.ended is not None:
            return False
        if record.run.epoch > taken.epoch:
            raise Fenced(f"run {record.id}: another driver has taken over (epoch {record.run.epoch})")
        with suppress(Overtaken):
            await record(DriverTook(epoch=taken.epoch, operator=operator, pid=os.getpid()))
            return True
    raise Overtaken(record.id, record.run.seq)


async def _catch_up(context: RunContext, record: Recorder, taken: Taken) -> None:
    """Reads what was written between our reading the run's journal and our taking the environment.

    A damaged copy on the host is replaced.
    """
    ours, where = record.lines, context.site.host.name
    copy = await context.guard.lines(record.id) if taken.mirrored else []
    theirs = trusted(ours, copy, where) if copy else []
    try:
        record.again(theirs)
    except Diverged:
        raise ForkedRunError(forked(ours, theirs, where)) from None
    context.mirror.there = taken.mirrored
    if copy != theirs:
        context.mirror.there = await context.guard.replace_copy(record.id, theirs, taken.epoch)


def _still_meant(said: Sequence[Event], run: Run, operator: Operator) -> list[Event]:
    """What the operator said, as far as it fits the run as it is now: it may have gone on since it was read."""
    question = run.parked.step if run.parked is not None else None
    fits = [one for one in said if not isinstance(one, StepAnswered) or one.step == question]
    if run.parked is None:
        return [one for one in fits if not isinstance(one, RunResumed)]
    resumes = any(isinstance(one, RunResumed) for one in fits)
    return fits if resumes else [RunResumed(operator=operator), *fits]


def _never_began(run: Run, says: str) -> RunEnded:
    return RunEnded(state=run.state, outcome=Outcome.REFUSED, interlock=run.interlock, says=says)


async def _let_go(run: Run, context: RunContext, warn: Callable[[str], None]) -> None:
    """The host is told the rest; an ended run's lock is free. A host that is gone learns it from `resume`."""

    try:
        await context.tell(run)
        if run.ended is not None:
            await context.guard.release(run.id, context.epoch)
    except Unreachable as lost:
        warn(f"the host has no record of how run {run.id} ended: {lost}")
