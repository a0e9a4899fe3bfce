"""Holds: every check must stay yes for a number of samples. Checks, `steady` and the watch are one thing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.base import Check
from titan_flow.states.deadlines import EVERY
from titan_flow.states.events import Event, HoldLooked, StepDone, WatchLooked
from titan_flow.states.model import Patience, State, Step, Transition
from titan_flow.states.moves import Fail
from titan_flow.states.run import Run
from titan_flow.states.words import Answer, Json, Look
from titan_flow.workflow.perform.edges import fail
from titan_flow.workflow.perform.looking import observe
from titan_flow.workflow.stage import Stage

SLOW = "its looks take too long to tell whether it stays green"
CONFIRMED_BY = 3
"""looks in a row that must say *no* before the watch believes it"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one round of looks at all checks saw, by step id."""

    looks: Mapping[str, Look]

    def first(self, *answers: Answer) -> tuple[str, Look] | None:
        return next(((id, look) for id, look in self.looks.items() if look.answer in answers), None)

    @property
    def worst(self) -> tuple[str, Look] | None:
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
    def seen(self) -> dict[str, str]:
        return {id: look.says for id, look in self.looks.items() if not look.yes}

    @property
    def marks(self) -> dict[str, Json]:
        return {id: look.mark for id, look in self.looks.items() if look.mark is not None}


async def _sample(checks: Mapping[str, Check], marks: Mapping[str, Json], patience: Patience, stage: Stage) -> Sample:
    looks = await asyncio.gather(*(observe(check, marks.get(id), patience, stage) for id, check in checks.items()))
    return Sample(dict(zip(checks, looks, strict=True)))


async def look(run: Run, edge: Transition, stage: Stage) -> AsyncGenerator[Event, None]:
    """Yields a sample at each change and each counted round; at the end every check's `step.done`, or the failure.

    `within` is the latest moment to be green; a hold that has begun may end later, but looks that crawl cannot draw it
    out for ever: then nobody can tell. Waiting cannot mend a *final* no.
    A waived check is looked at like any other, and its answer recorded; it decides nothing.
    """
    waived = {waiver.check for waiver in run.waived}
    checks = {step.id: stage.check(step, run.step(step.id).args) for step in edge.checks}
    needed = math.ceil(edge.steady / EVERY) + 1 if edge.steady else 1
    every = edge.steady / (needed - 1) if needed > 1 else 0.0
    clock, marks, samples, wait = stage.port.monotonic, dict(run.marks), run.samples, 0.1
    end, told = clock() + edge.patience.within, dict[str, str]()
    while not (stage.stopping.is_set() and told):
        sample = await _sample(checks, marks, edge.patience, stage)
        marks |= sample.marks
        worst = sample.but(waived).worst
        samples = 0 if worst else samples + 1
        if needed > 1 or sample.seen != told:
            told = sample.seen
            yield HoldLooked(
                transition=edge.name,
                samples=samples,
                needed=needed,
                answers=sample.answers,
                seen=sample.seen,
                marks=sample.marks,
            )
        if samples >= needed:
            for done in _passed(edge.checks, sample):
                yield done
            return
        if worst is not None and (worst[1].final or clock() >= end):
            async for event in fail(run, _verdict(edge, *worst), stage):
                yield event
            return
        if worst is None and clock() >= end + 2 * edge.steady:
            async for event in fail(run, Fail(edge.name, None, edge.on_unknown, SLOW, Answer.UNKNOWN), stage):
                yield event
            return
        await stage.port.sleep(every if worst is None else wait)
        wait = min(wait * 1.5, 1.0)
        if stage.stopping.is_set():
            return


def _passed(steps: Sequence[Step], sample: Sample) -> list[StepDone]:
    return [
        StepDone(
            step=step.id,
            acted=False,
            says=seen.says,
            evidence=dict(seen.evidence),
            outputs=dict(seen.outputs),
            waived=None if seen.yes else seen.answer,
        )
        for step in steps
        for seen in (sample.looks[step.id],)
    ]


def _verdict(edge: Transition, id: str, seen: Look) -> Fail:
    unknown = seen.answer is Answer.UNKNOWN
    step = next(step for step in edge.checks if step.id == id)
    target = edge.on_unknown if unknown else edge.on_failure or "park"
    return Fail(edge.name, step, target, seen.says, seen.answer, seen.evidence)


async def watch(run: Run, state: State, stage: Stage) -> AsyncGenerator[Event, None]:
    """A sample every so often. Time in which nobody looked does not count; a *no* is looked at again first."""
    if state.watch is None:
        raise ValueError(f"{state.name} has no watch")
    every, patience = state.watch.every, state.watch.patience
    needed = math.ceil(state.watch.duration / every) + 1
    checks = {step.id: stage.check(step, stage.resolved(run, step)) for step in state.watch.checks}
    marks, samples, doubts, blind = dict(run.marks), run.samples, 0, 0.0
    clock = stage.port.monotonic
    late = clock() + 2 * (needed - samples) * every + patience.within
    while samples < needed:
        sample = await _sample(checks, marks, patience, stage)
        marks |= sample.marks
        worst = sample.worst
        unknown = worst is not None and worst[1].answer is Answer.UNKNOWN
        samples += worst is None
        if worst is None:
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
            marks=sample.marks,
            left=max(0.0, (needed - samples) * every),
        )
        if worst is not None and (worst[1].final or doubts >= CONFIRMED_BY or blind > patience.within):
            id, seen = worst
            step = next(step for step in state.watch.checks if step.id == id)
            target = state.watch.on_unknown if unknown else state.watch.on_failure
            async for event in fail(run, Fail(state.name, step, target, seen.says, seen.answer, seen.evidence), stage):
                yield event
            return
        if samples >= needed or stage.stopping.is_set():
            return
        if clock() >= late:
            slow = Fail(state.name, None, state.watch.on_unknown, SLOW, Answer.UNKNOWN)
            async for event in fail(run, slow, stage):
                yield event
            return
        await stage.port.sleep(min(every, 1.0) if doubts else every)
