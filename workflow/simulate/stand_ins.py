"""A stand-in for every check and action of a flow: what it answers, the simulated world says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from titan_flow.adapters.base import Action, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job, Unfenced, UnfencedCommands
from titan_flow.adapters.site import Site
from titan_flow.states.model import Step
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.simulate.faults import self_judged
from titan_flow.workflow.simulate.site import world_of


class SimCheck(Check):
    """Asks the world."""

    step: ClassVar[Step]
    args: dict[str, Json]

    @property
    def max_seconds(self) -> float:
        return self.step.looks

    async def look(self, site: Site, since: Json) -> Observation:
        return await world_of(site).look(self.step, self.args, since)


class SimAction(Action):
    """Asks the world, and changes it."""

    step: ClassVar[Step]
    args: dict[str, Json]

    async def look(self, site: Site, since: Json) -> Observation:
        return await world_of(site).look(self.step, self.args, since)

    def act(self, site: Site, seen: Observation) -> Act:
        command = Command(("simulated", self.step.id, json.dumps(self.args, sort_keys=True)))
        if self.touches == "disarm":
            return UnfencedCommands((command,))
        return Job((command,), arms=self.touches == "arm")

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        world = world_of(site)

        async def effect() -> CommandResult:
            world.reach()
            done = await world.perform(self.step, self.args, "", self.settles or 60.0)
            await world.lose_answer(self.step.id)
            return done

        return await site.gateway.do("publish", self.step.id, effect)

    def judged(self, done: CommandResult) -> Observation | None:
        return Observation(Answer.YES, "simulated: exit 0") if self_judged(self.step) else None

    @property
    def settles(self) -> float | None:
        return self.step.settles

    @property
    def continues_unconfirmed(self) -> bool:
        return not self.step.confirms


def stand_in(step: Step) -> type[SimCheck] | type[SimAction]:
    """The class that stands for a step: it says of itself what the flow says of the step."""
    name = f"{step.id}:{step.use}"
    if not step.acts:
        return type(name, (SimCheck,), {"name": step.use, "step": step, "__module__": __name__})
    moves = {"arm": Interlock.ARMED, "disarm": Interlock.DISARMED}.get(step.touches or "")
    facts = {"touches": step.touches, "moves": moves, "repeats": step.repeats, "destroys": step.destroys}
    return type(name, (SimAction,), {"name": step.use, "step": step, **facts, "__module__": __name__})


@dataclass
class SimContext(RunContext):
    """The engine's own context; only what looks and acts is another."""

    stand_ins: Mapping[str, type[SimCheck] | type[SimAction]] = field(
        default_factory=dict[str, "type[SimCheck] | type[SimAction]"]
    )

    def check(self, step: Step, args: Mapping[str, Json]) -> Check:
        return self.stand_ins[step.id].model_construct(args=dict(args))
