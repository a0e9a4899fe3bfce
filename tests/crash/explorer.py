"""Every way through a small abstract world: the real engine's moves, one at a time, with every fault at every
point where something can go wrong.

A state is what outlives a driver: the journal and the world. From each state the next move is performed once for every
choice of faults that the budget still allows; what it leads to is explored in turn, each state once. Faults are dying
before or after any durable event or effect, an answer lost before or after its effect, a job that fails, a look that
nobody answers, a second driver that takes over while the first goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace

from tests.crash.world import (
    BACK,
    DISARMS,
    DOOR,
    EPOCH,
    FLOW,
    HERE,
    LEGAL,
    PATIENCE,
    STARTED,
    Died,
    Scene,
    Violation,
    World,
    context,
)
from tests.started import OLGA
from titan_flow.adapters.errors import Fenced
from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import Flow
from titan_flow.states.moves import Move, next_move
from titan_flow.states.run import Run, apply, fold
from titan_flow.workflow.engine.dispatch import perform
from titan_flow.workflow.journal.errors import Overtaken


@dataclass(frozen=True)
class Place:
    """What outlives a driver. `counts`: intents and recorded outcomes, by step; `asks`: what people may still do."""

    run: Run
    world: World
    faults: int
    asks: int
    counts: tuple[tuple[str, str], ...] = ()
    trail: tuple[str, ...] = ()

    def key(self) -> object:
        run = self.run
        steps = tuple(
            (id, p.open, min(p.tries, PATIENCE.attempts), p.known, p.sure, p.done, p.key, p.mark is None)
            for id, p in sorted(run.steps.items())
        )
        where = (run.state, run.edge, run.entering, run.way, run.samples, run.watched, run.changed, run.interlock)
        said = (
            run.parked and (run.parked.why, run.parked.step),
            run.asked and run.asked.what,
            run.failure and (run.failure.edge, run.failure.target),
            run.ended and run.ended.outcome,
            run.release is not None,
        )
        world = (
            self.world.release,
            self.world.armed,
            self.world.verified,
            self.world.kept,
            self.world.broken,
            tuple(sorted(self.world.jobs)),
            tuple(sorted(self.world.effects)),
        )
        return steps, where, said, world, self.faults, self.asks, tuple(sorted(self.counts))


class Explorer:
    """Counts what it has seen. `decide`, `durable` (does an event reach the journal?) and `fenced` are for mutants."""

    def __init__(
        self,
        faults: int,
        asks: int = 1,
        decide: Callable[[Flow, Run], Move | None] = next_move,
        durable: Callable[[e.Event], bool] = lambda event: True,
        fenced: bool = True,
    ) -> None:
        self.faults, self.asks, self._decide, self._durable, self._fenced = faults, asks, decide, durable, fenced
        self.states, self.moves, self.ends = 0, 0, dict[str, int]()

    async def explore(self, broken: frozenset[str] = frozenset()) -> None:
        first = sealed("R", 1, EPOCH, STARTED, GENESIS)
        todo = [_driven(Place(fold([first]), World(broken), self.faults, self.asks))]
        seen = set[object]()
        while todo:
            place = todo.pop()
            key = place.key()
            if key in seen:
                continue
            seen.add(key)
            self.states += 1
            todo += [apply async for apply in self._onward(place)]

    async def _onward(self, place: Place) -> AsyncIterator[Place]:
        run = place.run
        if len(place.trail) > 400:
            raise Violation(f"every failure has an edge: no end: {_told(place)}")
        if run.ended is not None:
            self._ended(place)
            return
        if run.parked is not None:
            self.ends["parked"] = self.ends.get("parked", 0) + 1
            for said in _answers(place):
                yield said
            return
        if place.asks and run.release is not None and run.asked is None and LEGAL.allows(run.state, BACK):
            asked = e.OperatorAsked(what="rollback", operator=OLGA, recovery=BACK)
            yield _said(place, asked)
        choices: list[int] = []
        while True:
            apply, met = await self._move(place, choices)
            self.moves += 1
            yield apply
            while met and choices[len(met) - 1] + 1 >= met[-1]:
                met.pop()
            if not met:
                return
            choices = [*choices[: len(met) - 1], choices[len(met) - 1] + 1]

    async def _move(self, place: Place, choices: list[int]) -> tuple[Place, list[int]]:
        """One move with these choices; where it leads, and how many options each choice had."""
        HERE.scene = scene = Scene(place.world, place.faults, choices, self._fenced)
        box = [place]

        def taken() -> None:
            """Somebody else drives from here on: the world's epoch and the journal go on without us."""
            scene.world = replace(scene.world, epoch=scene.world.epoch + 1)
            took = e.DriverTook(epoch=scene.world.epoch, operator=OLGA, pid=2)
            box[0] = _said(box[0], took, asks=0)

        scene.taken = taken
        expected = place.run.seq

        async def record(event: e.Event) -> None:
            nonlocal expected

            async def append() -> None:
                nonlocal expected
                if box[0].run.seq != expected:
                    raise Overtaken("R", expected)
                box[0] = self._recorded(box[0], event)
                expected = box[0].run.seq

            await DOOR.do("append", event.kind, append)

        gone = ""
        try:
            move = self._decide(FLOW, place.run)
            if move is not None:
                async for event in perform(place.run, move, context(place.world.epoch)):
                    await record(event)
        except (Died, Overtaken, Fenced) as end:
            gone = type(end).__name__
        left = replace(
            box[0], world=scene.world, faults=scene.faults, trail=(*place.trail, *_trail(place, box[0], gone))
        )
        _lawful(left)
        return (_driven(left) if gone else left), scene.met

    def _recorded(self, place: Place, event: e.Event) -> Place:
        return _said(place, event, asks=0) if self._durable(event) else place

    def _ended(self, place: Place) -> None:
        run = place.run
        outcome = run.outcome.value
        self.ends[outcome] = self.ends.get(outcome, 0) + 1
        if not FLOW.states[run.state].resting:
            raise Violation(f"every failure has an edge: it ends in {run.state}: {_told(place)}")
        if run.outcome == "reached" and not (
            place.world.armed and place.world.verified and place.world.release == "new"
        ):
            raise Violation(f"entered on evidence: at its goal, and the world is {place.world}: {_told(place)}")
        if run.outcome == "rolled_back" and (place.world.armed or place.world.release != "old"):
            law = "roll back to what was recorded"
            raise Violation(f"{law}: rolled back, and the world is {place.world}: {_told(place)}")
        if run.interlock == "disarmed" and place.world.armed:
            raise Violation(f"the interlock is never assumed: it says disarmed, and it is not: {_told(place)}")


def _said(place: Place, event: e.Event, asks: int = 1) -> Place:
    """Recorded; `asks`: how much of people's patience it took."""
    record = e.Record.model_construct(run="R", seq=place.run.seq + 1, at=EPOCH, event=event, prev="", hash="")
    counts = place.counts
    if isinstance(event, e.StepIntended):
        counts = (*counts, ("intent", event.step))
    if isinstance(event, e.StepDone) and event.acted and not event.says.startswith("sent, not confirmed"):
        counts = (*counts, ("outcome", event.step))
    return replace(place, run=apply(place.run, record), asks=place.asks - asks, counts=counts)


def _driven(place: Place) -> Place:
    """A new driver: the epoch rises, on the host and in the journal."""
    world = replace(place.world, epoch=place.world.epoch + 1)
    return _said(replace(place, world=world), e.DriverTook(epoch=world.epoch, operator=OLGA, pid=1), asks=0)


def _answers(place: Place) -> Iterator[Place]:
    """A person looks again, or says that the step in question is to be done again."""
    if not place.asks:
        return
    resumed = e.RunResumed(operator=OLGA)
    yield _said(place, resumed)
    if place.run.parked is not None and place.run.parked.step is not None:
        redo = e.StepAnswered(step=place.run.parked.step, answer="redo", operator=OLGA)
        yield _said(_said(place, redo, asks=0), resumed)


def _lawful(place: Place) -> None:
    """Journal first, and observe, act, observe, at every moment: recorded outcomes <= effects <= recorded intents."""
    for step in {step for _, step in place.counts} | set(place.world.effects):
        intents, outcomes = place.counts.count(("intent", step)), place.counts.count(("outcome", step))
        effects = place.world.effects.count(step)
        disarms = step in DISARMS  # the one exception of Journal first: the emergency disarm sends first
        if not (outcomes <= effects and (disarms or effects <= intents)):
            law = "observe, act, observe"
            raise Violation(f"{law}: {step}: {outcomes} outcomes, {effects} effects, {intents} intents: {_told(place)}")


def _trail(before: Place, now: Place, gone: str) -> Iterator[str]:
    if now.run.edge != before.run.edge or now.run.state != before.run.state:
        yield f"{now.run.state}{f' ({now.run.edge})' if now.run.edge else ''}"
    else:
        yield "."
    if gone:
        yield gone


def _told(place: Place) -> str:
    return " → ".join(word for word in place.trail if word != ".")
