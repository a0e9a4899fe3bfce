"""Before anything is armed: are they still the very containers that were verified, and are they still well?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from titan_flow.states.model import Step, Transition
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.observe import observe

FRESH = 5.0
"""seconds for which a look of this very process counts as *now*"""


async def recheck_before_arming(run: Run, edge: Transition, context: RunContext) -> tuple[Step, Observation] | None:
    """The first check that does not hold now: of the transition that arms, and of the verification before it.

    None at once where this process has just looked. A run that was stopped, killed or parked in between looks again.
    """
    name, at = context.looked
    if name == edge.name and context.gateway.monotonic() - at < FRESH:
        return None
    waived = {waiver.check for waiver in run.waived}
    looked_at = [step for step in (*verified(run, context), *edge.checks) if step.id not in waived]
    steps = {(step.use, arguments_key(run.step(step.id).args)): step for step in looked_at}
    asked = {step.id: (step.use, run.step(step.id).args) for step in steps.values()}
    since = {**carried(run, asked, context), **run.marks}
    looks = await asyncio.gather(
        *(
            observe(context.check(step, run.step(step.id).args), since.get(step.id), edge.patience, context)
            for step in steps.values()
        )
    )
    wrong = [(step, seen) for step, seen in zip(steps.values(), looks, strict=True) if not seen.yes]
    return next((one for one in wrong if one[1].answer is not Answer.UNKNOWN), wrong[0] if wrong else None)


def carried(run: Run, steps: Mapping[str, tuple[str, Mapping[str, Json]]], context: RunContext) -> dict[str, Json]:
    """For each check (its use and arguments, by step id) the mark of an earlier one that asked the very same."""
    before = {
        (step.use, arguments_key(run.step(step.id).args)): run.carried[step.id] for step in verified(run, context)
    }
    found = {id: before.get((use, arguments_key(args))) for id, (use, args) in steps.items()}
    return {id: mark for id, mark in found.items() if mark is not None}


def verified(run: Run, context: RunContext) -> Sequence[Step]:
    """The checks that held, of verifications that this run came through since it last changed anything."""
    edges = [edge for edge in context.flow.transitions.values() if not edge.actions]
    return [step for edge in edges for step in edge.checks if step.id in run.carried]


def arguments_key(args: Mapping[str, Json]) -> str:
    """Arguments as one text, to compare by."""
    return json.dumps(dict(args), sort_keys=True)
