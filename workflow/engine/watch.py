"""The watch of a state: its checks must stay yes while time goes by. Inspect, record, decide, wait."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from titan_flow.adapters.errors import Fenced
from titan_flow.states.events import Event, WatchLooked
from titan_flow.states.model import State, Watch
from titan_flow.states.moves import Fail
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.hold import SLOW
from titan_flow.workflow.engine.hold_decide import (
    Next,
    Watching,
    after_watch,
    begin_watch,
    count_watch,
    waited_watch,
)
from titan_flow.workflow.engine.recheck import carried
from titan_flow.workflow.engine.sample import Sample, take, wait_for_next
from titan_flow.workflow.engine.transitions import fail

LONGEST_APART = 60.0
"""seconds between two samples on record while nothing changes; in a short watch a tenth of it"""


async def watch(run: Run, state: State, context: RunContext) -> AsyncGenerator[Event, None]:
    """Yields a sample at each change and now and then between, until the time is over, or the failure.

    Each check is compared with its mark of the verification, or of its last *yes*: so a gap is answered for. A sample
    that is not yielded is counted, and its marks are in the next one: what a process loses that dies is watched again.
    """
    if (of := state.watch) is None:
        raise ValueError(f"{state.name} has no watch")
    steps = [step for step in of.checks if not run.step(step.id).answered]
    asked = {step.id: (step.use, context.resolved(run, step)) for step in steps}
    checks = {step.id: context.check(step, asked[step.id][1]) for step in steps}
    clock, marks = context.gateway.monotonic, carried(run, asked, context) | dict(run.marks)
    watching = begin_watch(of.duration, of.every, of.patience.within, run.samples, clock())
    apart, told, recorded, unsaid = min(LONGEST_APART, of.duration / 10), None, clock(), dict[str, Json]()
    await _send_samples(run, context)
    while watching.samples < watching.needed:
        began, changes = clock(), context.site.changes
        sample = await take(checks, marks, of.patience, context)
        fresh, worst = sample.marks_but(marks), sample.worst
        marks |= fresh
        unsaid |= fresh
        watching = count_watch(watching, worst[1] if worst else None, began)
        decision = after_watch(watching, worst[1] if worst else None, began, clock(), context.stopping.is_set())
        if decision.next is not Next.AGAIN or worst or sample.news(told) or began - recorded >= apart:
            yield _looked(state, watching, sample, unsaid)
            told, recorded, unsaid = sample, began, {}
        if decision.next in (Next.PASSED, Next.STOPPED):
            return
        if decision.next is not Next.AGAIN:
            verdict = Fail(state.name, None, of.on_unknown, SLOW, Answer.UNKNOWN)
            if decision.next is Next.FAILED and worst is not None:
                verdict = _verdict(state, of, *worst)
            async for event in fail(run, verdict, context):
                yield event
            return
        await _send_samples(run, context)
        watching = waited_watch(watching, await wait_for_next(decision, changes, context))


def _looked(state: State, watching: Watching, sample: Sample, fresh: Mapping[str, Json]) -> WatchLooked:
    return WatchLooked(
        state=state.name,
        samples=watching.samples,
        needed=watching.needed,
        answers=sample.answers,
        seen=sample.seen,
        marks=dict(fresh),
        left=watching.left,
        down=sample.down,
    )


def _verdict(state: State, of: Watch, id: str, seen: Observation) -> Fail:
    step = next(step for step in of.checks if step.id == id)
    target = of.on_unknown if seen.answer is Answer.UNKNOWN else of.on_failure
    return Fail(state.name, step, target, seen.says, seen.answer, seen.evidence)


async def _send_samples(run: Run, context: RunContext) -> None:
    """Sends the samples on record to the host for other operators. A driver that was overtaken learns it here."""
    try:
        await context.tell(run)
    except Fenced:
        raise
    except Exception:  # noqa: S110  # the looks themselves say what is wrong; what waits goes with the next telling
        pass
