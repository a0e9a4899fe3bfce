"""What is put on record of an action's attempt: done, sent without a confirmation, failed."""

from __future__ import annotations

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import CommandResult
from titan_flow.states.events import AttemptFailed, StepDone
from titan_flow.states.identity import Operator
from titan_flow.states.model import Step, Transition
from titan_flow.states.run import Run
from titan_flow.states.values import Interlock, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.retry import pause


def done(step: Step, action: Action, seen: Observation, acted: bool) -> StepDone:
    return StepDone(
        step=step.id,
        acted=acted,
        says=seen.says,
        evidence=dict(seen.evidence),
        outputs=dict(seen.outputs),
        interlock=action.moves,
        interlocks=None if seen.interlocks is None else dict(seen.interlocks),
    )


def unconfirmed(step: Step, why: str) -> StepDone:
    return StepDone(
        step=step.id, acted=True, says=f"sent, not confirmed: {why}", interlock=Interlock.UNKNOWN, evidence={}
    )


def failed(
    run: Run,
    edge: Transition,
    step: Step,
    reason: str,
    known: bool,
    seen: Observation | None = None,
    ran: CommandResult | None = None,
    last: bool = False,
) -> AttemptFailed:
    """`last`: no further one is made, whatever the patience."""
    attempt = run.step(step.id).tries + 1
    evidence = dict(seen.evidence) if seen is not None else {}
    if ran is not None:
        evidence |= {"status": ran.status, "output": ran.tail(20)}
    return AttemptFailed(
        step=step.id,
        attempt=attempt,
        attempts=edge.patience.attempts,
        reason=reason,
        known=known,
        evidence=evidence,
        next_in=None if last else pause(edge.patience, attempt),
    )


def who(name: str) -> Operator:
    """`olga@laptop`, as the host was told."""
    user, _, host = name.partition("@")
    return Operator(user=user or "unknown", host=host)


async def wait(failed: AttemptFailed, context: RunContext) -> None:
    if failed.next_in is not None and not context.stopping.is_set():
        await context.gateway.sleep(failed.next_in)
