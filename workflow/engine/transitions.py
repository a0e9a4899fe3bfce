"""Entering and leaving transitions: begin, finish, fail, stop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

from titan_flow.states.events import Event, FailureDecided, RunParked, TransitionBegan, TransitionEnded
from titan_flow.states.model import Transition
from titan_flow.states.moves import Fail
from titan_flow.states.run import Run
from titan_flow.states.values import Answer
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.finish import disarm, mark_release
from titan_flow.workflow.engine.migrations import crosses_migrations, crossing
from titan_flow.workflow.specfile.references import BindError


class IllegalMove(RuntimeError):
    """A bug of ours: the engine was about to leave the declared graph."""


async def begin(run: Run, edge: Transition, context: RunContext) -> AsyncGenerator[Event, None]:
    """Every argument is resolved now and journaled, so that what is done later is what stands here."""

    try:
        args = {step.id: context.resolved(run, step) for step in edge.steps}
        for step in edge.steps:
            context.check(step, args[step.id])
    except BindError as missing:
        if edge.recovery and context.flow.interlocked:  # it would have disarmed first
            yield await disarm(run, context)
        why = "there is no release to roll back to" if edge.recovery and run.release is None else str(missing)
        async for event in fail(run, Fail(edge.name, None, edge.on_failure or "park", why, Answer.NO), context):
            yield event
        return
    yield TransitionBegan(transition=edge.name, source=run.state, args=args)


async def finish(run: Run, edge: Transition, context: RunContext) -> AsyncGenerator[Event, None]:
    """Enters the target, where the machine of legal moves says that it is one."""

    if not context.allows(run.state, edge.name):
        raise IllegalMove(f"{edge.name} is no legal move from {run.state}")
    yield TransitionEnded(transition=edge.name, source=run.state, target=edge.target)


async def stop(run: Run) -> AsyncGenerator[Event, None]:
    yield RunParked(why="stop", question=f"stopped in {run.state}; it goes on with: titan-flow resume {run.id}")


async def fail(run: Run, move: Fail, context: RunContext) -> AsyncGenerator[Event, None]:
    """Takes the declared edge. What may be armed is disarmed before the run parks or ends: the interlock is never
    assumed. A recovery disarms by itself. An arm-only run that sent nothing ends where it began.
    """
    step = move.step.id if move.step is not None else None
    if run.started.purpose == "arm" and not run.changed and move.edge in context.flow.transitions:
        move = replace(move, target=run.started.state)
    elif move.target not in context.flow.recoveries and _may_be_armed(move, context):
        yield await disarm(run, context)
    if move.target in context.flow.recoveries and await crosses_migrations(run, move, context):
        if context.flow.interlocked:
            yield await disarm(run, context)
        yield RunParked(why="unknown", question=crossing(run, move), step=step)
        return
    if move.target == "park":
        yield _question(run, step or move.edge, step, move.reason)
        return
    if (mark := await mark_release(run, move, context)) is not None:
        yield mark
    yield FailureDecided(
        edge=move.edge,
        step=step,
        target=move.target,
        enters="state" if move.target in context.flow.states else "recovery",
        reason=move.reason,
        answer=move.answer,
        evidence=dict(move.evidence),
    )


def _may_be_armed(move: Fail, context: RunContext) -> bool:
    """Whether it failed in sending the arm, or in the watch of an armed state."""
    state = context.flow.states.get(move.edge)
    watched = state is not None and state.interlock == "armed" and context.flow.interlocked
    return watched or (move.step is not None and move.step.touches == "arm")


def _question(run: Run, what: str, step: str | None, reason: str) -> RunParked:
    answer = f", or answer it: titan-flow resume {run.id} --step {step}=done|redo" if step else ""
    question = f"{what}: {reason}. Look again: titan-flow resume {run.id}{answer}"
    return RunParked(why="unknown", question=question, step=step)
