"""What a host may do by itself where a run has no driver: decided from the fold alone. Pure."""

from __future__ import annotations

from typing import Literal

from titan_flow.states.deadlines import OVERDUE, PAUSE, SILENCE, TRIES
from titan_flow.states.edges import FAST
from titan_flow.states.model import Flow, Step, Transition, Unattended
from titan_flow.states.moves import End, Move, Perform
from titan_flow.states.run import Run

SHORTEST = 5.0
"""seconds: less would not even outlast a short hiccup"""
Deed = Literal["rollback", "disarm"]


def deed(flow: Flow, run: Run, edge: Transition | None) -> Deed | None:
    """What the host is to do from now on; None where there is nothing that it could.

    It rolls nothing back over data that may have changed: with migrations, or once an operator restores data.
    """
    policy = flow.unattended
    if policy is None or run.started.purpose in ("disarm", "adopt"):
        return None
    data = bool(run.started.migrations) or _restores_data(flow, run, edge)
    recovery = flow.recoveries.get(FAST)
    back = run.release is not None and recovery is not None and run.started.purpose != "arm"
    if policy.do == "rollback" and back and not data:
        return "rollback"
    return "disarm" if flow.interlocked else None


def _restores_data(flow: Flow, run: Run, edge: Transition | None) -> bool:
    """Whether a recovery that only an operator enters is under way, or was."""
    special = {name for name, one in flow.recoveries.items() if one.by_operator}
    begun = {id.partition("/")[0] for id in run.steps}
    return bool(special & (begun | {edge.name if edge is not None else "", run.entering or ""}))


def guarded(run: Run, move: Move) -> bool:
    """Whether the host has to hold it before this move: something is changed by now, or by the move."""
    if isinstance(move, End):
        return False
    acts = isinstance(move, Perform) and move.step.acts and move.step.touches != "snapshot"
    return acts or run.changed


def unable(flow: Flow) -> tuple[str, ...]:
    """The steps of the rollback that a host cannot do alone, by id and name."""
    recovery = flow.recoveries.get(FAST)
    if flow.unattended is None:
        return ()
    steps = recovery.actions if recovery is not None and flow.unattended.do == "rollback" else disarms(flow)
    return tuple(f"{step.id} ({step.use})" for step in steps if not step.alone)


def disarms(flow: Flow) -> tuple[Step, ...]:
    """The disarm of the recovery, else the first one that the flow has."""
    recovery = flow.recoveries.get(FAST)
    edges = ((recovery,) if recovery is not None else ()) + flow.edges
    return next((found for edge in edges if (found := tuple(s for s in edge.actions if s.touches == "disarm"))), ())


def takes(flow: Flow) -> float:
    """Seconds that one try may take on the host: the recovery's own deadlines, and looking whether it worked."""
    recovery = flow.recoveries.get(FAST)
    if flow.unattended is None:
        return 0.0
    if recovery is None or flow.unattended.do == "disarm":
        return sum(flow.edge(step.edge).patience.timeout for step in disarms(flow))
    return len(recovery.actions) * recovery.patience.timeout + proving(flow)


def proving(flow: Flow) -> float:
    """Seconds in which what was rolled back has to be healthy: as long as its verification may take."""
    recovery = flow.recoveries[FAST]
    then = flow.onward(recovery.target)
    return (then or recovery).patience.within


def longest(flow: Flow, policy: Unattended) -> float:
    """Seconds from the last sign of a driver until the host has done it, or has given up: with the job that is under
    way then, and every try. A disarm goes out first of all.
    """
    job = max((edge.patience.timeout for edge in flow.edges if edge.actions), default=0.0)
    return SILENCE + policy.after + job + OVERDUE + TRIES * (takes(flow) + PAUSE)
