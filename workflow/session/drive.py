"""One trip of a recorded run: take the environment, drive, tell the host, let go."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence

from titan_flow.adapters.errors import Locked, Refused, Unreachable
from titan_flow.states.chain import line
from titan_flow.states.events import DriverTook, Event, RunEnded, RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.run import Run
from titan_flow.states.values import Outcome
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive
from titan_flow.workflow.engine.recorder import Recorder
from titan_flow.workflow.journal.errors import Overtaken
from titan_flow.workflow.session.notify import notify

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""of run ids: none that look alike"""


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

    `warn` takes what the host could not be told at the end. Raises Locked, Fenced, Overtaken, Unreachable,
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
    context.epoch, context.mirror.there = taken.epoch, taken.mirrored
    await _still_ours(context, record.id, taken.mirrored)
    await record(DriverTook(epoch=taken.epoch, operator=operator, pid=os.getpid()))
    for event in said:
        await record(event)
    await context.tell(record.run)  # from now on another operator can see it
    run = await drive(context.flow, record.run, context, record, record.commit)
    await _let_go(run, context, warn)
    await notify(run, context, record)
    return record.run


async def _still_ours(context: RunContext, run: str, mirrored: int) -> None:
    """No other driver continued it after we read its journal: else the chain would fork here."""
    ours = [line(record) for record in context.mirror.records]
    theirs = await context.guard.lines(run) if mirrored else []
    if theirs != ours[: len(theirs)]:
        raise Overtaken(run, len(ours))


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
