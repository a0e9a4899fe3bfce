"""A run whose checks answer what a list says, on a clock that moves only while something waits."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from tests.workflow.armory import QUICK, STARTED, Clock, MemoryGuard, NoHost, Tape, flow
from titan_flow.adapters.base import Adapter, Check
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.states import events as e
from titan_flow.states.model import State, Step, Transition, Watch
from titan_flow.states.run import Progress, Run, fold
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext

YES, NO, UNKNOWN = Observation(Answer.YES), Observation(Answer.NO, "no"), Observation(Answer.UNKNOWN, "unknown")
EVERY, WITHIN = 10.0, 25.0
ANSWERS: dict[str, list[Observation]] = {}
"""what each check answers, in turn; then yes"""


class Scripted(Check):
    name: ClassVar[str] = "rounds.look"
    id: str

    async def look(self, site: Site, since: Json) -> Observation:
        turn = ANSWERS.get(self.id)
        return turn.pop(0) if turn else YES


@dataclass
class Scene:
    run: Run
    context: RunContext
    clock: Clock


def scene(
    answers: Mapping[str, Sequence[Observation]], clock: Clock | None = None, guard: object = None, samples: int = 0
) -> Scene:
    """`answers`: by step id. `guard`: where samples are sent to. `samples`: those that are on record."""
    clock = clock or Clock()
    ANSWERS.clear()
    ANSWERS.update({id: list(turn) for id, turn in answers.items()})
    registry = Registry(Adapter("rounds", "answers what a list says", (Scripted,)), table={}, group="")
    site = Site(cast(Host, NoHost()), "/", gateway=clock)
    context = RunContext(flow(), site, cast(Guard, guard or MemoryGuard()), registry)
    run = fold(Tape(STARTED))
    steps = {id: Progress(args={"id": id}) for id in answers}
    return Scene(replace(run, samples=samples, steps=steps), context, clock)


def checks(*ids: str) -> tuple[Step, ...]:
    return tuple(Step(id, "rounds.look", {"id": id}) for id in ids)


def edge(*ids: str, steady: float = 0.0) -> Transition:
    patience = replace(QUICK, within=WITHIN)
    return Transition("verify", "Up", "Verified", checks(*ids), (), "fast_rollback", steady=steady, patience=patience)


def state(*ids: str, samples: int = 4) -> State:
    watch = Watch((samples - 1) * EVERY, EVERY, checks(*ids), "fast_rollback", patience=replace(QUICK, within=WITHIN))
    return State("Armed", goal=True, interlock="armed", watch=watch)


async def told(events: AsyncGenerator[e.Event, None]) -> list[e.Event]:
    return [event async for event in events]
