"""What a run does next: a pure decision over its fold. There is no other place where a run's course is decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from titan_flow.states.events import OperatorAsked
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Evidence, Json, Outcome


@dataclass(frozen=True, slots=True)
class Begin:
    """Resolve a transition's arguments and begin it."""

    edge: Transition


@dataclass(frozen=True, slots=True)
class CheckAll:
    """Look at a transition's checks, all of them, until they hold."""

    edge: Transition


@dataclass(frozen=True, slots=True)
class Perform:
    """Observe, act, observe: one action."""

    edge: Transition
    step: Step


@dataclass(frozen=True, slots=True)
class Finish:
    """Every step is done: enter the transition's target."""

    edge: Transition


@dataclass(frozen=True, slots=True)
class Fail:
    """Take the declared edge: `target` is a recovery, a state, or `park`."""

    edge: str
    step: Step | None
    target: str
    reason: str
    answer: Answer
    evidence: Evidence = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Watch:
    state: State


@dataclass(frozen=True, slots=True)
class Stop:
    """An operator asked to stop: park between two steps."""


@dataclass(frozen=True, slots=True)
class End:
    state: State
    outcome: Outcome
    says: str = ""


Move = Begin | CheckAll | Perform | Finish | Fail | Watch | Stop | End


def next_move(flow: Flow, run: Run) -> Move | None:
    """The next move; None where the run has ended, or is parked and waits for an answer."""
    if run.ended is not None or run.parked is not None:
        return None
    if run.asked is not None and run.asked.what == "stop" and not _mid_step(run):
        return Stop()
    if run.asked is not None and run.asked.what == "rollback" and not _recovering(flow, run):
        return _asked_back(run)
    if run.edge is not None:
        edge = flow.edge(run.edge)
        if run.emergency is not None and edge.arms and not any(step.open for step in run.steps.values()):
            return End(flow.states[run.state], Outcome.STOPPED, _disarmed_by(run.emergency))
        return _within(edge, run)
    if run.entering is not None:
        return Begin(flow.recoveries[run.entering])
    return _resting(flow, run, flow.states[run.state])


def _mid_step(run: Run) -> bool:
    """Of the edge under way: one that was left for a recovery may have an intent whose outcome nobody waits for."""
    return any(run.step(id).open for id in run.under_way)


def _recovering(flow: Flow, run: Run) -> bool:
    """What was asked for is under way. One that only an operator enters does not wait for the end of another."""
    asked = flow.recoveries.get(run.asked.recovery or "") if run.asked is not None else None
    current = run.edge or run.entering
    return current == asked.name if asked is not None and asked.by_operator else current in flow.recoveries


def _asked_back(run: Run) -> Fail:
    asked = run.asked
    recovery = asked.recovery if asked is not None else None
    reason = f"asked by {asked.operator}" if asked is not None else ""
    return Fail(run.edge or run.state, None, recovery or "", reason, Answer.YES)


def _resting(flow: Flow, run: Run, state: State) -> Move:
    """Between transitions: watch, end, or go on."""
    if state.watch is not None and not run.watched:
        return Watch(state)
    if run.started.purpose == "arm" and run.way == "failure" and not run.changed:
        why = f"{run.failure.step or run.failure.edge}: {run.failure.reason}" if run.failure is not None else ""
        return End(state, Outcome.REFUSED, why)
    if state.goal:
        return End(state, Outcome.REACHED)
    if state.rest:
        return End(state, _rested(run))
    if run.started.until == state.name:
        return End(state, Outcome.STOPPED, f"stopped at {state.name} as asked")
    onward = flow.onward(state.name)
    if onward is None:
        return End(state, Outcome.HALTED, f"no transition leads on from {state.name}")
    if onward.arms and run.emergency is not None:
        return End(state, Outcome.STOPPED, _disarmed_by(run.emergency))
    if onward.arms and not run.started.may_arm:
        return End(state, Outcome.STOPPED, "disarmed deliberately before this run, so not armed; add --arm to arm")
    return Begin(onward)


def _disarmed_by(asked: OperatorAsked) -> str:
    return f"disarmed by {asked.operator} while it ran ({asked.reason}), so not armed"


def _rested(run: Run) -> Outcome:
    if run.way == "finish":
        return Outcome.ROLLED_BACK
    return Outcome.HALTED if run.changed else Outcome.REFUSED


def _within(edge: Transition, run: Run) -> Move:
    """Inside a transition: first its checks, all together, then its actions, one after the other."""
    if not all(run.step(step.id).done for step in edge.checks):
        return CheckAll(edge)
    for step in edge.actions:
        progress = run.step(step.id)
        if progress.done:
            continue
        if progress.tries < edge.patience.attempts:
            return Perform(edge, step)
        if progress.sure:
            return Fail(edge.name, step, edge.on_failure or "park", progress.reason, Answer.NO)
        return Fail(edge.name, step, edge.on_unknown, progress.reason, Answer.UNKNOWN)
    return Finish(edge)
