"""Before anything is armed: are they still the very containers that were verified, and are they still well?"""

from __future__ import annotations

import asyncio

from titan_flow.states.model import Step, Transition
from titan_flow.states.run import Run
from titan_flow.states.words import Answer, Look
from titan_flow.workflow.perform.looking import observe
from titan_flow.workflow.perform.marks import carried, told, verified
from titan_flow.workflow.stage import Stage

FRESH = 5.0
"""seconds for which a look of this very process counts as *now*"""


async def doubt(run: Run, edge: Transition, stage: Stage) -> tuple[Step, Look] | None:
    """The first check that does not hold now: of the transition that arms, and of the verification before it.

    None at once where this process has just looked. A run that was stopped, killed or parked in between looks again.
    """
    name, at = stage.looked
    if name == edge.name and stage.port.monotonic() - at < FRESH:
        return None
    waived = {waiver.check for waiver in run.waived}
    looked_at = [step for step in (*verified(run, stage), *edge.checks) if step.id not in waived]
    steps = {(step.use, told(run.step(step.id).args)): step for step in looked_at}
    asked = {step.id: (step.use, run.step(step.id).args) for step in steps.values()}
    since = {**carried(run, asked, stage), **run.marks}
    looks = await asyncio.gather(
        *(
            observe(stage.check(step, run.step(step.id).args), since.get(step.id), edge.patience, stage)
            for step in steps.values()
        )
    )
    wrong = [(step, seen) for step, seen in zip(steps.values(), looks, strict=True) if not seen.yes]
    return next((one for one in wrong if one[1].answer is not Answer.UNKNOWN), wrong[0] if wrong else None)
