"""Holds: every check must stay yes for a number of samples. Checks, `steady` and the watch are one thing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from titan_flow.adapters.base import Check
from titan_flow.adapters.errors import Fenced
from titan_flow.states.deadlines import EVERY
from titan_flow.states.events import Event, HoldLooked, StepDone, WatchLooked
from titan_flow.states.model import Patience, State, Step, Transition
from titan_flow.states.moves import Fail
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.observe import observe
from titan_flow.workflow.engine.recheck import carried
from titan_flow.workflow.engine.transitions import fail

SLOW = "its checks take too long to show that it stays healthy"
ROUNDING = 1e-6
CONFIRMED_BY = 3
"""looks in a row that must say *no* before the watch believes it"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one round of looks at all checks saw, by step id."""

    looks: Mapping[str, Observation]

    def first(self, *answers: Answer) -> tuple[str, Observation] | None:
        return next(((id, look) for id, look in self.looks.items() if look.answer in answers), None)

    @property
    def worst(self) -> tuple[str, Observation] | None:
        """The look that decides: a final *no*, any *no*, then *unknown*; None if all say yes."""
        final = next(((id, look) for id, look in self.looks.items() if look.final and not look.yes), None)
        return final or self.first(Answer.NO, Answer.PARTLY) or self.first(Answer.UNKNOWN)

    def but(self, waived: Collection[str]) -> Sample:
        """Without the looks that no longer decide anything."""
        return Sample({id: look for id, look in self.looks.items() if id not in waived})

    @property
    def answers(self) -> dict[str, Answer]:
        return {id: look.answer for id, look in self.looks.items()}

    @property
    def down(self) -> tuple[str, ...] | None:
        """Services that do not serve, by the checks that look at services; None where none of them does."""
        known = [look.down for look in self.looks.values() if look.down is not None]
        return tuple(dict.fromkeys(name for names in known for name in names)) if known else None

    @property
    def seen(self) -> dict[str, str]:
        return {id: look.says for id, look in self.looks.items() if not look.yes}

    def marks_but(self, kept: Mapping[str, Json]) -> dict[str, Json]:
        """What the next round is compared with. A check that is compared with a `kept` mark keeps it until it says yes:
        else a restart would be a *no* once, and forgotten.
        """
        looks = {id: look for id, look in self.looks.items() if look.yes or id not in kept}
        return {id: look.mark for id, look in looks.items() if look.mark is not None}


async def _sample(
    checks: Mapping[str, Check], marks: Mapping[str, Json], patience: Patience, context: RunContext
) -> Sample:
    looks = await asyncio.gather(*(observe(check, marks.get(id), patience, context) for id, check in checks.items()))
    return Sample(dict(zip(checks, looks, strict=True)))


async def look(run: Run, edge: Transition, context: RunContext) -> AsyncGenerator[Event, None]:
    """Yields a sample at each change and each counted round; at the end every check's `step.done`, or the failure.

    `within` is the latest moment to pass; a hold that has begun may end later, but looks that crawl cannot draw it
    out forever: the result is then unknown. Waiting does not change a *final* no.
    A waived check is looked at like any other, and its answer recorded; it decides nothing.
    """
    waived = {waiver.check for waiver in run.waived}
    steps = [step for step in edge.checks if not run.step(step.id).answered]
    checks = {step.id: context.check(step, run.step(step.id).args) for step in steps}
    needed = math.ceil(edge.steady / EVERY) + 1 if edge.steady else 1
    every = edge.steady / (needed - 1) if needed > 1 else 0.0
    kept = carried(run, {step.id: (step.use, run.step(step.id).args) for step in steps}, context) if _arms(edge) else {}
    clock, marks, samples, wait = context.gateway.monotonic, kept | dict(run.marks), run.samples, 0.1
    end, told = clock() + edge.patience.within, dict[str, str]()
    while not (context.stopping.is_set() and told):
        began, changes = clock(), context.site.changes
        sample = await _sample(checks, marks, edge.patience, context)
        sample = await _not_the_verified(sample, kept, checks, edge.patience, context)
        fresh = sample.marks_but(kept)
        marks |= fresh
        worst = sample.but(waived).worst
        samples = 0 if worst else samples + 1
        if needed > 1 or sample.seen != told or (samples >= needed and fresh):
            told = sample.seen
            yield HoldLooked(
                transition=edge.name,
                samples=samples,
                needed=needed,
                answers=sample.answers,
                seen=sample.seen,
                marks=fresh,
                down=sample.down,
            )
        if samples >= needed:
            context.looked = edge.name, clock()
            for done in _passed(steps, sample):
                yield done
            return
        if worst is not None and (worst[1].final or clock() >= end):
            async for event in fail(run, _verdict(edge, *worst), context):
                yield event
            return
        if worst is None and clock() >= end + 2 * edge.steady:
            async for event in fail(run, Fail(edge.name, None, edge.on_unknown, SLOW, Answer.UNKNOWN), context):
                yield event
            return
        if worst is None:
            await context.gateway.sleep(max(0.0, began + every - clock()))
        else:
            await context.site.pause(wait, changes)
        wait = min(wait * 1.5, 1.0)
        if context.stopping.is_set():
            return


def _arms(edge: Transition) -> bool:
    return any(step.touches == "arm" for step in edge.actions)


async def _not_the_verified(
    sample: Sample, kept: Mapping[str, Json], checks: Mapping[str, Check], patience: Patience, context: RunContext
) -> Sample:
    """A *no* that is only so in the light of the verification is final: waiting does not make it the verified again."""
    looks = dict(sample.looks)
    for id, seen in sample.looks.items():
        if id in kept and seen.answer is Answer.NO and (await observe(checks[id], None, patience, context)).yes:
            looks[id] = replace(seen, says=f"{seen.says} since it was verified", final=True)
    return Sample(looks)


def _passed(steps: Sequence[Step], sample: Sample) -> list[StepDone]:
    return [
        StepDone(
            step=step.id,
            acted=False,
            says=seen.says,
            evidence=dict(seen.evidence),
            outputs=dict(seen.outputs),
            waived=None if seen.yes else seen.answer,
            down=seen.down,
        )
        for step in steps
        for seen in (sample.looks[step.id],)
    ]


def _verdict(edge: Transition, id: str, seen: Observation) -> Fail:
    unknown = seen.answer is Answer.UNKNOWN
    step = next(step for step in edge.checks if step.id == id)
    target = edge.on_unknown if unknown else edge.on_failure or "park"
    return Fail(edge.name, step, target, seen.says, seen.answer, seen.evidence)


async def watch(run: Run, state: State, context: RunContext) -> AsyncGenerator[Event, None]:
    """A sample every so often, until the time is over. Time in which nobody looked does not count: a sample stands for
    the time since the one before it, and for two periods at most. A *no* is looked at again first.

    Each check is compared with its mark of the verification, or of its last *yes*: so a gap is answered for.
    """
    if state.watch is None:
        raise ValueError(f"{state.name} has no watch")
    every, patience = state.watch.every, state.watch.patience
    needed = math.ceil(state.watch.duration / every) + 1
    steps = [step for step in state.watch.checks if not run.step(step.id).answered]
    asked = {step.id: (step.use, context.resolved(run, step)) for step in steps}
    checks = {step.id: context.check(step, asked[step.id][1]) for step in steps}
    marks, samples, doubts, blind = carried(run, asked, context) | dict(run.marks), run.samples, 0, 0.0
    clock = context.gateway.monotonic
    before, covered, last = run.samples, 0.0, None
    late = clock() + 2 * (needed - samples) * every + patience.within
    await _send_samples(run, context)
    while samples < needed:
        began, changes = clock(), context.site.changes
        sample = await _sample(checks, marks, patience, context)
        fresh = sample.marks_but(marks)
        marks |= fresh
        worst = sample.worst
        unknown = worst is not None and worst[1].answer is Answer.UNKNOWN
        if worst is None:
            covered += every if last is None else min(began - last, 2 * every)
            samples = min(needed, before + math.floor(covered / every + ROUNDING))
            doubts, blind = 0, 0.0
        elif unknown:
            blind += every
        else:
            doubts += 1
        yield WatchLooked(
            state=state.name,
            samples=samples,
            needed=needed,
            answers=sample.answers,
            seen=sample.seen,
            marks=fresh,
            left=max(0.0, (needed - samples) * every),
            down=sample.down,
        )
        if worst is not None and (worst[1].final or doubts >= CONFIRMED_BY or blind > patience.within):
            id, seen = worst
            step = next(step for step in state.watch.checks if step.id == id)
            target = state.watch.on_unknown if unknown else state.watch.on_failure
            async for event in fail(
                run, Fail(state.name, step, target, seen.says, seen.answer, seen.evidence), context
            ):
                yield event
            return
        if samples >= needed or context.stopping.is_set():
            return
        if clock() >= late:
            slow = Fail(state.name, None, state.watch.on_unknown, SLOW, Answer.UNKNOWN)
            async for event in fail(run, slow, context):
                yield event
            return
        await _send_samples(run, context)
        last, wait = began, max(0.0, began + (min(every, 1.0) if doubts else every) - clock())
        slept = clock()
        if doubts or blind:
            await context.gateway.sleep(wait)
        else:  # what has just gone wrong is looked at now, then as often as any doubt
            await context.site.pause(wait, changes)
        late += max(0.0, clock() - slept - wait)  # this process was stopped, or its machine slept: not the looks' fault


async def _send_samples(run: Run, context: RunContext) -> None:
    """Sends the watch's samples to the host for other operators. A driver that was overtaken learns it here."""
    try:
        await context.tell(run)
    except Fenced:
        raise
    except Exception:  # noqa: S110  # the looks themselves say what is wrong; what waits goes with the next telling
        pass
