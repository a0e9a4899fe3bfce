"""A move that raised what nobody expected: what may be armed is disarmed, and the run parks with its question."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.states.events import Event, RunParked
from titan_flow.states.moves import Move, Perform
from titan_flow.states.run import Run
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.finish import disarm


async def give_up(run: Run, move: Move, context: RunContext, fault: Exception) -> AsyncGenerator[Event, None]:
    """Raises Fenced alone."""
    if context.flow.interlocked and _may_be_armed(run, move, context):
        yield await disarm(run, context)
    why = str(fault) if isinstance(fault, Unreachable | Refused) else context.site.redactor(describe(fault))
    question = f"{run.edge or run.entering or run.state}: {why}. Try again: titan-flow resume {run.id}"
    yield RunParked(why="unknown", question=question)


def _may_be_armed(run: Run, move: Move, context: RunContext) -> bool:
    """In an armed state, in the step that arms, or on a rollback, which disarms first."""
    flow, edge = context.flow, run.edge or run.entering
    arming = isinstance(move, Perform) and move.step.touches == "arm"
    return arming or flow.states[run.state].interlock == "armed" or edge in flow.recoveries
