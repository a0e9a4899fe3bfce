"""Every step on the way to the goal, and what it would do. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import Change, PendingChanges, Preview
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states.events import RunStarted
from titan_flow.states.model import Flow, Step, Transition
from titan_flow.states.release import Image
from titan_flow.states.values import Json
from titan_flow.workflow.plan.model import PlannedStep
from titan_flow.workflow.specfile.bind import instance
from titan_flow.workflow.specfile.references import BindError, resolve


@dataclass
class Foresight:
    """The way, walked in thought: each action is asked what it would do after those before it."""

    site: Site
    flow: Flow
    started: RunStarted
    adapters: Registry
    ahead: PendingChanges = field(default_factory=PendingChanges)
    steps: list[PlannedStep] = field(default_factory=list[PlannedStep])
    services: dict[str, Change] = field(default_factory=dict[str, Change])
    unknown: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """why it is not known what a step would do -> the steps"""
    warnings: list[str] = field(default_factory=list[str])
    outputs: dict[str, Json] = field(default_factory=dict[str, Json])

    async def walk(self) -> Foresight:
        for edge in way(self.flow, self.started):
            for step in edge.checks:
                self._add(edge, step, Preview(None), check=True)
            for step in edge.actions:
                await self._action(edge, step)
        return self

    def causes(self) -> list[str]:
        """What is not known, each cause once: `pull/1, up/1: docker on …`."""
        return [f"{', '.join(steps)}: {why}" for why, steps in self.unknown.items()]

    async def _action(self, edge: Transition, step: Step) -> None:
        try:
            args = resolve(step.args, {**self._values(), "step.id": f"${{run.id}}/{step.id}"})
            action = instance(step.use, args, self.adapters)
            if not isinstance(action, Action):
                raise TypeError(f"{step.use} cannot act")
            seen = await action.foresee(self.site, self.ahead)
        except (BindError, Unreachable, LookupError) as why:
            self.unknown.setdefault(str(why), []).append(step.id)
            self._add(edge, step, Preview(None, str(why)))
            return
        if self.started.first and step.touches == "snapshot" and seen.act == Job(()):
            seen = Preview(False, f"{seen.says}; it is the first release (--initial)")
        if step.touches == "snapshot":
            self.ahead = replace(self.ahead, kept=True)
        if seen.acts is not False:
            self.ahead = replace(
                self.ahead,
                commit=seen.commit or self.ahead.commit,
                images={**self.ahead.images, **images(seen.outputs)},
                things=self.ahead.things | {*action.things},
            )
        self.services |= seen.services
        self.warnings += [one for one in seen.warnings if one not in self.warnings]
        self.outputs |= {f"{edge.name}.{name}": value for name, value in seen.outputs.items()}
        self._add(edge, step, seen, converges=action.affects is not None and action.touches is None)

    def _add(self, edge: Transition, step: Step, seen: Preview, check: bool = False, converges: bool = False) -> None:
        act = seen.act if seen.acts is not False else None
        self.steps.append(
            PlannedStep(
                id=step.id,
                use=step.use,
                edge=edge.name,
                source=edge.source or "",
                target=edge.target,
                check=check,
                acts=seen.acts,
                says=seen.says,
                act=act.journaled() if act is not None else {},
                lines=act.shell_lines() if act is not None else (),
                deadline=edge.patience.within + edge.steady if check else edge.patience.timeout,
                attempts=edge.patience.attempts,
                converges=converges,
                refused=seen.refused,
                remedy=seen.remedy,
            )
        )

    def _values(self) -> dict[str, Json]:
        """What is known before there is a run; the rest stays as the spec has it."""
        return {
            **self.flow.values(),
            **{f"params.{name}": value for name, value in self.started.params.items()},
            "run.operator": str(self.started.operator),
            "run.environment": self.started.environment,
            "run.id": "${run.id}",
            "run.at": "${run.at}",
            **self.outputs,
        }


def way(flow: Flow, started: RunStarted) -> list[Transition]:
    """The transitions that the run takes if all goes well, to where it stops. Pure."""
    state, found = started.state, list[Transition]()
    while state != started.until and not flow.states[state].resting:
        edge = flow.onward(state)
        if edge is None or edge in found:
            break
        if not started.may_arm and edge.arms:
            break
        found.append(edge)
        state = edge.target
    return found


def images(outputs: Mapping[str, Json]) -> dict[str, Image]:
    given = outputs.get("images")
    return {name: Image.model_validate(one) for name, one in given.items()} if isinstance(given, dict) else {}
