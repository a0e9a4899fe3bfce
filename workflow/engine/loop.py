"""The main loop: decide, perform, record. Resuming is running: there is no other way in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing

from titan_flow.states.events import Event, OperatorAsked
from titan_flow.states.model import Flow
from titan_flow.states.moves import next_move
from titan_flow.states.run import Run
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.dispatch import perform

Recorder = Callable[[Event], Awaitable[Run]]
"""Appends an event durably, then folds it: what follows happens only once the journal has it."""


async def drive(flow: Flow, run: Run, context: RunContext, record: Recorder) -> Run:
    """Drives a run until it ends or parks. Raises Overtaken, Fenced, JournalError; what is recorded stays true."""
    while move := next_move(flow, run):
        async with aclosing(perform(run, move, context)) as events:
            async for event in events:
                run = await record(event)
        if context.stopping.is_set() and run.asked is None:
            run = await record(OperatorAsked(what="stop", operator=run.started.operator))
    return run
