"""The checks of a transition: each must stay yes for a number of samples. Inspect, record, decide, wait."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace

from titan_flow.adapters.base import Check
from titan_flow.states.events import Event, HoldLooked, StepDone
from titan_flow.states.model import Patience, Step, Transition
from titan_flow.states.moves import Fail
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.hold_decide import Decision, Hold, Next, after_hold, begin_hold, count_hold, waited_hold
from titan_flow.workflow.engine.observe import observe
from titan_flow.workflow.engine.recheck import carried
from titan_flow.workflow.engine.sample import Sample, take, wait_for_next
from titan_flow.workflow.engine.transitions import fail

SLOW = "its checks take too long to show that it stays healthy"


async def look(run: Run, edge: Transition, context: RunContext) -> AsyncGenerator[Event, None]:
    """Yields a sample at each change and each counted round; at the end every check's `step.done`, or the failure.

    A waived check is looked at like any other, and its answer recorded; it decides nothing.
    """
    waived = {waiver.check for waiver in run.waived}
    steps = [step for step in edge.checks if not run.step(step.id).answered]
    checks = {step.id: context.check(step, run.step(step.id).args) for step in steps}
    kept = _verified_marks(run, edge, steps, context)
    clock, marks, told = context.gateway.monotonic, kept | dict(run.marks), dict[str, str]()
    hold = begin_hold(edge.steady, edge.patience.within, run.samples, clock())
    while True:
        began, changes = clock(), context.site.changes
        sample = await _inspect(checks, marks, kept, edge.patience, context)
        fresh, worst = sample.marks_but(kept), sample.but(waived).worst
        marks |= fresh
        hold = count_hold(hold, worst[1] if worst else None)
        if hold.needed > 1 or sample.seen != told or (hold.samples >= hold.needed and fresh):
            told = sample.seen
            yield _looked(edge, hold, sample, fresh)
        decision = after_hold(hold, worst[1] if worst else None, began, clock())
        if decision.next is not Next.AGAIN:
            async for event in _conclude(run, edge, decision, sample, worst, context):
                yield event
            return
        await wait_for_next(decision, changes, context)
        if context.stopping.is_set():
            return
        hold = waited_hold(hold)


def _verified_marks(run: Run, edge: Transition, steps: Sequence[Step], context: RunContext) -> dict[str, Json]:
    """Before anything is armed, a check is compared with its mark of the verification."""
    if not edge.arms:
        return {}
    return carried(run, {step.id: (step.use, run.step(step.id).args) for step in steps}, context)


async def _inspect(
    checks: Mapping[str, Check],
    marks: Mapping[str, Json],
    kept: Mapping[str, Json],
    patience: Patience,
    context: RunContext,
) -> Sample:
    """A *no* that is only so in the light of the verification is final: waiting does not make it the verified again."""
    sample = await take(checks, marks, patience, context)
    looks = dict(sample.looks)
    for id, seen in sample.looks.items():
        if id in kept and seen.answer is Answer.NO and (await observe(checks[id], None, patience, context)).yes:
            looks[id] = replace(seen, says=f"{seen.says} since it was verified", final=True)
    return Sample(looks)


def _looked(edge: Transition, hold: Hold, sample: Sample, fresh: Mapping[str, Json]) -> HoldLooked:
    return HoldLooked(
        transition=edge.name,
        samples=hold.samples,
        needed=hold.needed,
        answers=sample.answers,
        seen=sample.seen,
        marks=dict(fresh),
        down=sample.down,
    )


async def _conclude(
    run: Run,
    edge: Transition,
    decision: Decision,
    sample: Sample,
    worst: tuple[str, Observation] | None,
    context: RunContext,
) -> AsyncGenerator[Event, None]:
    """Puts the end of the hold on record."""
    if decision.next is Next.PASSED:
        context.looked = edge.name, context.gateway.monotonic()
        for id, seen in sample.looks.items():
            yield _done(id, seen)
        return
    verdict = Fail(edge.name, None, edge.on_unknown, SLOW, Answer.UNKNOWN)
    if decision.next is Next.FAILED and worst is not None:
        verdict = _verdict(edge, *worst)
    async for event in fail(run, verdict, context):
        yield event


def _done(step: str, seen: Observation) -> StepDone:
    return StepDone(
        step=step,
        acted=False,
        says=seen.says,
        evidence=dict(seen.evidence),
        outputs=dict(seen.outputs),
        waived=None if seen.yes else seen.answer,
        down=seen.down,
        interlocks=None if seen.interlocks is None else dict(seen.interlocks),
    )


def _verdict(edge: Transition, id: str, seen: Observation) -> Fail:
    unknown = seen.answer is Answer.UNKNOWN
    step = next(step for step in edge.checks if step.id == id)
    target = edge.on_unknown if unknown else edge.on_failure or "park"
    return Fail(edge.name, step, target, seen.says, seen.answer, seen.evidence)
