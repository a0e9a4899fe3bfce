"""One action: inspect, decide, act, confirm. The same path serves a first try, a retry and a resumed run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Act, CommandResult, Job
from titan_flow.adapters.errors import DisarmedMeanwhile, Fenced, Unreachable
from titan_flow.states.events import Event, InterlockSeen, OperatorAsked, ReleaseMarked, StepDone, StepIntended
from titan_flow.states.model import Step, Transition
from titan_flow.states.moves import Fail
from titan_flow.states.release import Release
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.engine import finish
from titan_flow.workflow.engine.attempts import done, failed, unconfirmed, wait, who
from titan_flow.workflow.engine.client_view import clients_watched
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.decide import After, Before, Decision, Next, after_acting, before_acting
from titan_flow.workflow.engine.disarm import UNSEEN, baseline
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.first_run import is_first, no_service_listens
from titan_flow.workflow.engine.observe import judged, observe, settle
from titan_flow.workflow.engine.recheck import recheck_before_arming
from titan_flow.workflow.engine.recover import aftermath
from titan_flow.workflow.engine.transitions import fail


@dataclass(frozen=True, slots=True)
class _Turn:
    """One action's turn: what every part of it needs."""

    run: Run
    edge: Transition
    step: Step
    action: Action
    context: RunContext

    @property
    def within(self) -> float:
        """Seconds in which an effect is to be confirmed."""
        return self.edge.patience.within if self.action.settles is None else self.action.settles


@dataclass(frozen=True, slots=True)
class _Result:
    """What an act came to. `ran` is None where no answer came: `lost` says why."""

    ran: CommandResult | None = None
    lost: str = ""
    disarmed: DisarmedMeanwhile | None = None


async def act(run: Run, edge: Transition, step: Step, context: RunContext) -> AsyncGenerator[Event, None]:
    """Yields `step.done`, or `attempt.failed` and waits; the next move is decided by the fold again."""
    action = context.check(step, run.step(step.id).args)
    if not isinstance(action, Action):
        raise TypeError(f"{step.use} cannot act")
    turn = _Turn(run, edge, step, action, context)
    if action.touches == "disarm":
        async for event in _disarm(turn):
            yield event
        return
    # at once: the interlock costs no time of its own, and its answer is bounded as a look is
    armed, before = await asyncio.gather(_armed_meanwhile(turn), _inspect(turn))
    if armed is not None:
        yield armed
        why = "the system is armed, although this run disarmed it: someone armed it since"
        no = Fail(edge.name, step, edge.on_failure or "park", why, Answer.NO)
        async for event in fail(run, no, context):
            yield event
        return
    decision, seen = before_acting(action, before), before.seen
    arms = decision.next is Next.ACT and action.touches == "arm"
    if arms and (wrong := await recheck_before_arming(run, edge, context)) is not None:
        check, seen = wrong
        reason = f"not armed: {check.id} {check.use}: {seen.says}"
        decision = Decision(Next.RETRY, reason, known=seen.answer is not Answer.UNKNOWN)
    if decision.next is not Next.ACT:
        async for event in _conclude(turn, decision, seen, before.earlier, acted=before.open):
            yield event
        return

    progress = run.step(step.id)
    mark = progress.mark if progress.mark is not None else seen.mark
    deed = _deed(turn, seen)
    if isinstance(deed, Decision):
        async for event in _conclude(turn, deed, seen, None, acted=False):
            yield event
        return
    key = f"{run.id}-{step.id.replace('/', '-')}-{progress.known + 1}"
    yield _intent(turn, seen, mark, deed, key)
    async with clients_watched(run, context, watch=bool(seen.down)) as clients:
        result = await _perform(turn, deed, key)
        after = await _confirm(turn, deed, result, mark)
    if result.disarmed is not None:  # nothing was started: the run stops before what arms
        yield OperatorAsked(what="disarm", operator=who(result.disarmed.by), reason="emergency disarm")
        yield failed(run, edge, step, str(result.disarmed), known=True)
        return
    decision = after_acting(action, after)
    async for event in _conclude(turn, decision, after.seen, after.ran, acted=True):
        yield clients.noted(event)


async def _disarm(turn: _Turn) -> AsyncGenerator[Event, None]:
    """Sends before anything is looked at, then observes.

    Only what is sent after a baseline is confirmed by what follows the baseline, so it is sent again, as an intent of
    its own, where the baseline alone does not confirm it: twice is safe.
    """
    run, action, context, patience = turn.run, turn.action, turn.context, turn.edge.patience
    deed = _deed(turn, UNSEEN)
    if isinstance(deed, Decision):
        async for event in _conclude(turn, deed, None, None, acted=False):
            yield event
        return
    key = f"{run.id}-{turn.step.id.replace('/', '-')}-{run.step(turn.step.id).known + 1}"
    yield _intent(turn, UNSEEN, None, deed, key)
    result, mark = await _perform(turn, deed, key), None
    if result.ran is not None and result.ran.ok and judged(action, result.ran, context) is None:
        seen = await baseline(action, patience, context)
        mark = seen.mark
        if mark is not None and not seen.yes:
            yield _intent(turn, seen, mark, deed, f"{key}-again")
            again = await _perform(turn, deed, f"{key}-again")
            result = again if again.ran is not None else result
    after = await _confirm(turn, deed, result, mark)
    async for event in _conclude(turn, after_acting(action, after), after.seen, after.ran, acted=True):
        yield event


def _deed(turn: _Turn, seen: Observation) -> Act | Decision:
    """What to do, or a failed attempt where the action cannot say."""
    try:
        return turn.action.act(turn.context.site, seen)
    except Exception as fault:
        return Decision(Next.RETRY, turn.context.site.redactor(describe(fault)))


async def _armed_meanwhile(turn: _Turn) -> InterlockSeen | None:
    """The interlock, where this run counts on *disarmed* and it is armed. A step under way may have armed it itself."""
    run, edge, flow = turn.run, turn.edge, turn.context.flow
    assumed = edge.source is not None and flow.states[edge.source].interlock == "disarmed"
    if not flow.interlocked or not assumed or run.interlock is not Interlock.DISARMED or run.step(turn.step.id).open:
        return None
    seen = await finish.interlock_now(turn.context)
    return seen if seen.interlock is Interlock.ARMED else None


async def _inspect(turn: _Turn) -> Before:
    """What is there now; where an intent is open, what became of it."""
    run, action, context, patience = turn.run, turn.action, turn.context, turn.edge.patience
    progress = run.step(turn.step.id)
    earlier = None
    if progress.open:
        earlier, seen = await aftermath(progress, action, turn.within, turn.edge, context)
    else:
        seen = await observe(action, progress.mark, patience, context)
    return Before(seen, progress.open, earlier, patience.timeout, is_first(run))


def _intent(turn: _Turn, seen: Observation, mark: Json, deed: Act, key: str) -> StepIntended:
    return StepIntended(
        step=turn.step.id,
        saw=seen.answer,
        says=seen.says,
        mark=mark,
        act=deed.journaled(),
        key=key,
        epoch=turn.context.epoch,
        changes=turn.action.touches != "snapshot",
        moves=turn.action.moves,
        interrupts=seen.down or None,
    )


async def _perform(turn: _Turn, deed: Act, key: str) -> _Result:
    """Raises Fenced alone. After any other exception it is not known what was done: the next look says."""
    try:
        return _Result(await turn.context.execute(turn.run, turn.action, deed, key, turn.edge.patience.timeout))
    except Fenced:
        raise
    except DisarmedMeanwhile as disarmed:
        return _Result(disarmed=disarmed)
    except Unreachable as lost:
        return _Result(lost=str(lost))
    except Exception as fault:
        return _Result(lost=turn.context.site.redactor(describe(fault)))


async def _confirm(turn: _Turn, deed: Act, result: _Result, mark: Json) -> After:
    """Observes what a success came to."""
    action, context, patience = turn.action, turn.context, turn.edge.patience
    seen, nobody = None, False
    if result.ran is None and action.touches == "disarm":
        nobody = await no_service_listens(turn.run, context)
    elif result.ran is not None and result.ran.ok:
        seen = judged(action, result.ran, context) or await settle(action, mark, turn.within, patience, context)
    return After(result.ran, result.lost, seen, isinstance(deed, Job), patience.timeout, nobody)


async def _conclude(
    turn: _Turn, decision: Decision, seen: Observation | None, ran: CommandResult | None, acted: bool
) -> AsyncGenerator[Event, None]:
    """Puts a decision on record. `ran` is evidence only where it failed."""
    run, edge, step, context = turn.run, turn.edge, turn.step, turn.context
    match decision.next:
        case Next.DONE:
            async for event in _arrived(turn, seen or Observation(Answer.YES), acted):
                yield event
        case Next.NOTHING_TO_RECORD:
            yield StepDone(step=step.id, acted=False, says=decision.reason)
        case Next.NOBODY_LISTENS:
            yield StepDone(step=step.id, acted=False, says=decision.reason, interlock=Interlock.DISARMED)
        case Next.UNCONFIRMED:
            yield unconfirmed(step, decision.reason)
        case Next.FAIL:
            if acted:
                yield failed(run, edge, step, decision.reason, True, seen, ran, last=True)
            seen = seen or Observation(Answer.NO)
            no = Fail(edge.name, step, edge.on_failure or "park", decision.reason, Answer.NO, seen.evidence)
            async for event in fail(run, no, context):
                yield event
        case Next.RETRY | Next.ACT:
            attempt = failed(run, edge, step, decision.reason, decision.known, seen, ran)
            yield attempt
            await wait(attempt, context)


async def _arrived(turn: _Turn, seen: Observation, acted: bool) -> AsyncGenerator[Event, None]:
    """The step is done. A snapshot has to leave a release to roll back to: it is not done before that is on record."""
    run, edge, step, context = turn.run, turn.edge, turn.step, turn.context
    if step.touches == "snapshot":
        release = Release.model_validate(seen.outputs["release"]) if seen.outputs.get("green") is True else None
        bad = release is not None and any(release.same(other) for other in run.started.bad_releases)
        if release is not None and not bad:
            why = "found running and healthy"
            yield ReleaseMarked(release=release, standing="verified", epoch=context.epoch, why=why, snapshot=True)
        elif run.release is None and not run.started.first:
            what = "what runs now was marked bad" if bad else seen.says or "what runs now is not healthy"
            reason = (
                f"no rollback target: {what}, and no release was verified before; for a first deployment add --initial"
            )
            async for event in fail(run, Fail(edge.name, step, edge.on_failure or "park", reason, Answer.NO), context):
                yield event
            return
    yield done(step, turn.action, seen, acted)
