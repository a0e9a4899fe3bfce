"""One action: observe, act, observe. The same path serves a first try, a retry and a resumed run."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Braked, Unreachable
from titan_flow.states.events import Event, OperatorAsked, ReleaseMarked, StepDone, StepIntended
from titan_flow.states.model import Step, Transition
from titan_flow.states.moves import Fail
from titan_flow.states.release import Release
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Interlock, Observation
from titan_flow.workflow.engine.attempts import done, failed, unconfirmed, wait, who, words
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.first_run import no_service_listens, nothing_to_record
from titan_flow.workflow.engine.observe import observe, settle
from titan_flow.workflow.engine.recheck import recheck_before_arming
from titan_flow.workflow.engine.recover import aftermath
from titan_flow.workflow.engine.transitions import fail


async def act(run: Run, edge: Transition, step: Step, context: RunContext) -> AsyncGenerator[Event, None]:
    """Yields `step.done`, or `attempt.failed` and waits; the next move is decided by the fold again."""
    progress, patience = run.step(step.id), edge.patience
    action = context.check(step, progress.args)
    if not isinstance(action, Action):
        raise TypeError(f"{step.use} cannot act")
    within = patience.within if action.settles is None else action.settles

    if action.touches == "disarm":  # law 7: always sent, whatever was seen before; late or twice, it is safe
        seen = await observe(action, None, patience, context)
    elif progress.open:
        ran, seen = await aftermath(progress, action, within, edge, context)
        if ran is not None and not seen.yes and not action.continues_unconfirmed:
            known = seen.answer is not Answer.UNKNOWN
            reason = seen.says if ran.ok else words(ran, patience.timeout)
            yield (failure := failed(run, edge, step, reason, known=known, seen=seen, ran=ran))
            await wait(failure, context)
            return
    else:
        seen = await observe(action, progress.mark, patience, context)
    if seen.yes:
        async for event in _arrived(run, edge, step, action, seen, progress.open, context):
            yield event
        return
    if step.touches == "snapshot" and nothing_to_record(run, seen):
        yield StepDone(step=step.id, acted=False, says=f"{seen.says}; it is the first (--first)")
        return
    if seen.answer is Answer.UNKNOWN and not action.continues_unconfirmed:
        yield failed(run, edge, step, f"cannot tell: {seen.says}", known=False, seen=seen)
        return
    if seen.answer is Answer.PARTLY and not action.repeats:
        yield failed(run, edge, step, f"done in part, and not to be repeated: {seen.says}", known=False, seen=seen)
        return

    if seen.answer is Answer.NO and seen.final and action.moves is None and not progress.open:  # acting cannot help
        no = Fail(edge.name, step, edge.on_failure or "park", seen.says, Answer.NO, seen.evidence)
        async for event in fail(run, no, context):
            yield event
        return

    if action.touches == "arm" and (wrong := await recheck_before_arming(run, edge, context)) is not None:
        check, seen = wrong
        known, why = seen.answer is not Answer.UNKNOWN, f"not armed: {check.id} {check.use}: {seen.says}"
        yield (failure := failed(run, edge, step, why, known=known, seen=seen))
        await wait(failure, context)
        return

    mark = progress.mark if progress.mark is not None else seen.mark
    deed = action.act(context.site, seen)
    key = f"{run.id}-{step.id.replace('/', '-')}-{progress.known + 1}"
    yield StepIntended(
        step=step.id,
        saw=seen.answer,
        says=seen.says,
        mark=mark,
        act=deed.journaled(),
        key=key,
        epoch=context.epoch,
        changes=action.touches != "snapshot",
        moves=action.moves,
    )
    try:
        ran = await context.execute(run, deed, key, patience.timeout)
    except Braked as braked:  # nothing was started: the run stops before what arms
        yield OperatorAsked(what="disarm", operator=who(braked.by), reason="the emergency brake")
        yield failed(run, edge, step, str(braked), known=True)
        return
    except Unreachable as lost:
        if action.touches == "disarm" and await no_service_listens(run, context):
            says = f"nothing runs that could be armed, or could be told so ({lost})"
            yield StepDone(step=step.id, acted=False, says=says, interlock=Interlock.DISARMED)
            return
        if action.continues_unconfirmed:
            yield unconfirmed(step, str(lost))
            return
        yield (failure := failed(run, edge, step, str(lost), known=False))
        await wait(failure, context)
        return
    if not ran.ok and not isinstance(deed, Job) and action.continues_unconfirmed:
        yield unconfirmed(step, ran.tail())
        return
    if not ran.ok:
        yield (failure := failed(run, edge, step, words(ran, patience.timeout), known=True, ran=ran))
        await wait(failure, context)
        return

    seen = action.judged(ran) or await settle(action, mark, within, patience, context)
    if seen.yes:
        async for event in _arrived(run, edge, step, action, seen, True, context):
            yield event
    elif action.continues_unconfirmed:
        yield unconfirmed(step, seen.says)
    else:
        known = seen.answer is not Answer.UNKNOWN
        yield (failure := failed(run, edge, step, seen.says or "not confirmed", known=known, seen=seen))
        await wait(failure, context)


async def _arrived(
    run: Run, edge: Transition, step: Step, action: Action, seen: Observation, acted: bool, context: RunContext
) -> AsyncGenerator[Event, None]:
    """The step is done; a snapshot also has to leave a way back: it is not done before that is on record."""
    if step.touches == "snapshot":
        release = Release.model_validate(seen.outputs["release"]) if seen.outputs.get("green") is True else None
        bad = release is not None and any(release.same(other) for other in run.started.bad_releases)
        if release is not None and not bad:
            why = "found running and green"
            yield ReleaseMarked(release=release, standing="verified", epoch=context.epoch, why=why, snapshot=True)
        elif run.release is None and not run.started.first:
            what = "what runs now was marked bad" if bad else seen.says or "what runs now is not green"
            reason = f"no way back: {what}, and no release was verified before (--first goes on)"
            async for event in fail(run, Fail(edge.name, step, edge.on_failure or "park", reason, Answer.NO), context):
                yield event
            return
    yield done(step, action, seen, acted)
