"""Performs one move. Each performer is a generator of events: what follows a `yield` runs once the event is durable."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from titan_flow.states.events import Event
from titan_flow.states.moves import Begin, End, Fail, Finish, Look, Move, Perform, Stop, Watch
from titan_flow.states.run import Run
from titan_flow.workflow.engine.act import act
from titan_flow.workflow.engine.context import Stage
from titan_flow.workflow.engine.finish import end
from titan_flow.workflow.engine.hold import look, watch
from titan_flow.workflow.engine.transitions import begin, fail, finish, stop


def perform(run: Run, move: Move, stage: Stage) -> AsyncGenerator[Event, None]:
    match move:
        case Begin(edge):
            return begin(run, edge, stage)
        case Look(edge):
            return look(run, edge, stage)
        case Perform(edge, step):
            return act(run, edge, step, stage)
        case Finish(edge):
            return finish(run, edge, stage)
        case Fail():
            return fail(run, move, stage)
        case Watch(state):
            return watch(run, state, stage)
        case Stop():
            return stop(run)
        case End(state, outcome, says):
            return end(run, state, outcome, says, stage)
