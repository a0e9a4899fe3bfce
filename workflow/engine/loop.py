"""The main loop: decide, perform, record. Resuming is running: there is no other way in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from titan_flow.adapters.errors import Fenced
from titan_flow.states.events import Event, OperatorAsked
from titan_flow.states.model import Flow
from titan_flow.states.moves import Begin, Finish, Move, next_move
from titan_flow.states.run import Run
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.dispatch import perform
from titan_flow.workflow.engine.give_up import give_up
from titan_flow.workflow.engine.unattended import before, parked

Record = Callable[[Event], Awaitable[Run]]
"""Records an event and folds it: what follows happens only once the journal has it."""
Commit = Callable[[], Awaitable[None]]
"""Makes durable what was recorded and still waits for it"""
DECIDES = (Begin, Finish)
"""moves that look at nothing and do nothing: what was recorded before them may wait for the next commit"""


async def drive(flow: Flow, run: Run, context: RunContext, record: Record, commit: Commit | None = None) -> Run:
    """Drives a run until it ends or parks. Raises Overtaken, Fenced, JournalError; what is recorded stays true.

    Without `commit`, every event is durable when `record` returns.
    """
    while move := next_move(flow, run):
        if commit is not None and not isinstance(move, DECIDES):
            await commit()
        async with aclosing(_performed(run, move, context)) as events:
            async for event in events:
                run = await record(event)
        at_rest = run.ended is not None or run.parked is not None
        if context.stopping.is_set() and run.asked is None and not at_rest:
            run = await record(OperatorAsked(what="stop", operator=run.started.operator))
    await parked(run, context)
    return run


async def _performed(run: Run, move: Move, context: RunContext) -> AsyncGenerator[Event, None]:
    """One move. Whatever nobody expected parks the run; only a higher epoch ends its driver. Raises Fenced alone."""
    try:
        await before(run, move, context)
        async with aclosing(perform(run, move, context)) as events:
            async for event in events:
                yield event
        return
    except Fenced:
        raise
    except Exception as fault:
        unexpected = fault
    async with aclosing(give_up(run, move, context, unexpected)) as events:
        async for event in events:
            yield event
