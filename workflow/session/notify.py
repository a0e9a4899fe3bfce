"""Tells people how a run ended. Best effort: what fails here is journaled, and changes nothing of how the run ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Act
from titan_flow.adapters.errors import Fenced, Unreachable
from titan_flow.states.events import Event, Notified, NotifyIntended
from titan_flow.states.model import Step
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.specfile.references import resolve

WITHIN = 15.0
"""seconds for all of them together"""


async def notify(run: Run, context: RunContext, record: Callable[[Event], Awaitable[Run]]) -> None:
    """Sends what the spec's `notify:` says, where the run has ended in a state that is marked so.

    At most once: intents are durable first, and they are never sent again. Raises JournalError.
    """
    if run.ended is None or not context.flow.states[run.ended.state].notify or not context.flow.notify:
        return
    ready, failed = _prepared(run, context)
    await record(NotifyIntended(acts={step.id: act.journaled() for step, _, act in ready}))
    sent = await asyncio.gather(*(_send(run, context, step, action, act) for step, action, act in ready))
    for event in (*failed, *sent):
        await record(event)
    try:
        await context.tell(run)
    except (Unreachable, Fenced):
        return  # our journal has it; the host learned before how the run ended


def _prepared(run: Run, context: RunContext) -> tuple[list[tuple[Step, Action, Act]], list[Notified]]:
    ready: list[tuple[Step, Action, Act]] = []
    failed: list[Notified] = []
    for step in context.flow.notify:
        try:
            ready.append((step, *_act(run, context, step)))
        except Exception as why:
            failed.append(_not(context, step, why))
    return ready, failed


def _act(run: Run, context: RunContext, step: Step) -> tuple[Action, Act]:
    action = context.check(step, resolve(step.args, {**run.values(), **ended(run), "step.id": f"{run.id}/{step.id}"}))
    if not isinstance(action, Action):
        raise TypeError(f"{step.use} cannot act")
    return action, action.act(context.site, Observation(Answer.NO))


async def _send(run: Run, context: RunContext, step: Step, action: Action, act: Act) -> Notified:
    try:
        async with asyncio.timeout(WITHIN):
            done = await context.execute(run, action, act, f"{run.id}-{step.id.replace('/', '-')}", WITHIN)
    except TimeoutError:
        return Notified(step=step.id, use=step.use, sent=False, says=f"not finished within {WITHIN:g} s")
    except Exception as why:
        return _not(context, step, why)
    says = done.reason() or f"exit {done.status}"
    return Notified(step=step.id, use=step.use, sent=done.ok, says=says)


def ended(run: Run) -> dict[str, Json]:
    """What `${run.…}` can name besides, once the run has ended."""
    over = run.ended
    return {
        "run.state": run.state,
        "run.outcome": run.outcome.value,
        "run.says": over.says if over is not None else "",
        "run.interlock": run.interlock.value,
        "run.target": run.started.target,
        "run.flow": run.started.flow,
    }


def _not(context: RunContext, step: Step, why: Exception) -> Notified:
    return Notified(step=step.id, use=step.use, sent=False, says=str(why) or type(why).__name__)
