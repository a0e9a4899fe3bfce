"""How a run ends: the interlock looked at once more, the release marked, the outcome said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from functools import partial

from titan_flow.adapters.base import Action
from titan_flow.adapters.errors import Fenced, Refused, Unanswered, Unreachable
from titan_flow.adapters.offers import survey_interlock
from titan_flow.adapters.services.lookup import release_now
from titan_flow.adapters.services.protocol import Services
from titan_flow.states.chain import line
from titan_flow.states.deadlines import CONFIRM, LOOK
from titan_flow.states.events import Event, InterlockSeen, ReleaseMarked, RunEnded
from titan_flow.states.model import State, Step
from titan_flow.states.moves import Fail
from titan_flow.states.release import Release, Releases
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.disarm import UNSEEN, send_first
from titan_flow.workflow.engine.faults import describe

UNSENT = "disarm could not be sent"


async def end(run: Run, state: State, outcome: Outcome, says: str, context: RunContext) -> AsyncGenerator[Event, None]:
    seen = run.interlock
    if context.flow.interlocked:
        yield (look := await interlock_now(context))
        seen = look.interlock
    if outcome is Outcome.REACHED and state.interlock == "armed" and seen is Interlock.DISARMED:
        outcome, says = Outcome.STOPPED, "it was disarmed during the watch; arm it again: titan-flow arm SPEC"
    known, release, mark = None, None, None
    if outcome is not Outcome.REFUSED and context.site.offered(Services) is not None:
        known, release = await asyncio.gather(_marks(context), running(context))
    if release is not None and _proved(run, release, outcome):
        yield (mark := _verified(run, release, outcome, state, context))
    back = None if release is None or known is None else _rollback_to(run, known, release, mark, context)
    cause = f"{run.failure.step or run.failure.edge}: {run.failure.reason}" if run.failure else ""
    yield RunEnded(state=state.name, outcome=outcome, interlock=seen, says=says or cause, rollback_to=back)


def _proved(run: Run, release: Release, outcome: Outcome) -> bool:
    return outcome is Outcome.REACHED or (outcome is Outcome.ROLLED_BACK and release.same(run.release))


async def _marks(context: RunContext) -> Sequence[str] | None:
    """What the host has on record of its releases; None where it does not say."""
    try:
        async with asyncio.timeout(LOOK):
            return await context.guard.marks()
    except (Unreachable, Refused, TimeoutError):
        return None


def _rollback_to(run: Run, lines: Sequence[str], now: Release, mark: ReleaseMarked | None, context: RunContext) -> str:
    """The commit that a rollback from `now` would lead to; empty if there is none."""
    own = [line(record) for record in context.mirror.records if isinstance(record.event, ReleaseMarked)]
    releases = Releases.read([*lines, *own])
    if mark is not None:
        releases = releases.with_mark(run.id, run.seq + 1, mark.epoch, mark.release)
    target = releases.before(now)
    return target.commit if target is not None else ""


def _verified(run: Run, release: Release, outcome: Outcome, state: State, context: RunContext) -> ReleaseMarked:
    """What was gone back to is newer, from now on, than what was gone back from; no deployment brought it."""
    found = outcome is Outcome.ROLLED_BACK and run.started.purpose != "rollback"
    adopted = f"adopted by {run.started.operator}: {run.started.reason}"
    why = adopted if run.started.purpose == "adopt" else f"run {run.id} reached {state.name}"
    return ReleaseMarked(release=release, standing="verified", epoch=context.epoch, why=why, snapshot=found)


async def interlock_now(context: RunContext) -> InterlockSeen:
    """The interlock as it is seen now; *unknown* where it cannot be seen. Raises Fenced alone."""
    try:
        async with asyncio.timeout(CONFIRM):
            return InterlockSeen(interlock=(await survey_interlock(context.site)).interlock)
    except Fenced:
        raise
    except (Unreachable, Unanswered, TimeoutError) as lost:
        says = str(lost) or "no answer in time"
    except Exception as fault:
        says = context.site.redactor(describe(fault))
    return InterlockSeen(interlock=Interlock.UNKNOWN, says=says)


async def running(context: RunContext) -> Release | None:
    """The release that runs now; None where the flow names no services, or they cannot be observed. Raises Fenced."""
    return await release_now(context.site, LOOK)


async def mark_release(run: Run, move: Fail, context: RunContext) -> ReleaseMarked | None:
    """Marks the release that runs as bad where its own verification, or the watch, said *no* of it; as withdrawn where
    an operator rolls it back.
    """
    at = context.flow.states.get(move.edge)
    verified = at is not None or (
        move.edge in context.flow.transitions and not context.flow.transitions[move.edge].actions
    )
    asked = move.answer is Answer.YES
    if move.answer is Answer.UNKNOWN or not (run.changed and (verified or asked)):
        return None
    release = await running(context)
    if release is None or release.same(run.release):
        return None
    standing, why = ("withdrawn", f"rollback {move.reason}") if asked else ("bad", f"{move.edge}: {move.reason}")
    return ReleaseMarked(release=release, standing=standing, epoch=context.epoch, why=why)


async def disarm(run: Run, context: RunContext) -> InterlockSeen:
    """Sends the flow's own disarm before anything is looked at, and says whether it was confirmed. Raises Fenced alone.

    A disarm step whose arguments cannot be resolved is passed over for the next one.
    """
    says = "the flow has no disarm step"
    for step in _disarms(context):
        try:
            action = context.check(step, context.resolved(run, step))
            if not isinstance(action, Action):
                continue
            patience = context.flow.edge(step.edge).patience
            deed = action.act(context.site, UNSEEN)
        except Exception as fault:
            says = f"{UNSENT}: {context.site.redactor(describe(fault))}"
            continue
        send = partial(context.execute, run, action, deed, f"{run.id}-disarm", patience.timeout)
        done = await send_first(action, send, CONFIRM, patience, context)
        return InterlockSeen(interlock=done.interlock, says=done.says if done.sent else f"{UNSENT}: {done.says}")
    return InterlockSeen(interlock=Interlock.UNKNOWN, says=says)


def _disarms(context: RunContext) -> list[Step]:
    return [step for edge in context.flow.edges for step in edge.actions if step.touches == "disarm"]
