"""Performs one move. Each performer is a generator of events: what follows a `yield` runs once the event is durable."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from titan_flow.states.events import Event
from titan_flow.states.moves import Begin, CheckAll, End, Fail, Finish, Move, Perform, Stop, Watch
from titan_flow.states.run import Run
from titan_flow.workflow.engine.act import act
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.finish import end
from titan_flow.workflow.engine.hold import look
from titan_flow.workflow.engine.transitions import begin, fail, finish, stop
from titan_flow.workflow.engine.watch import watch


def perform(run: Run, move: Move, context: RunContext) -> AsyncGenerator[Event, None]:
    match move:
        case Begin(edge):
            return begin(run, edge, context)
        case CheckAll(edge):
            return look(run, edge, context)
        case Perform(edge, step):
            return act(run, edge, step, context)
        case Finish(edge):
            return finish(run, edge, context)
        case Fail():
            return fail(run, move, context)
        case Watch(state):
            return watch(run, state, context)
        case Stop():
            return stop(run)
        case End(state, outcome, says):
            return end(run, state, outcome, says, context)
