"""One round of a hold: a look at every check, and the wait before the next round."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from titan_flow.adapters.base import Check
from titan_flow.states.model import Patience
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.hold_decide import Decision
from titan_flow.workflow.engine.observe import observe


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

    def news(self, before: Sample | None) -> bool:
        """Whether it answers otherwise than the one before, or found other services down."""
        return before is None or (self.answers, self.down) != (before.answers, before.down)

    def marks_but(self, kept: Mapping[str, Json]) -> dict[str, Json]:
        """What the next round is compared with. A check that is compared with a `kept` mark keeps it until it says yes:
        else a restart would be a *no* once, and forgotten.
        """
        looks = {id: look for id, look in self.looks.items() if look.yes or id not in kept}
        return {id: look.mark for id, look in looks.items() if look.mark is not None}


async def take(
    checks: Mapping[str, Check], marks: Mapping[str, Json], patience: Patience, context: RunContext
) -> Sample:
    """Looks at all checks at once."""
    looks = await asyncio.gather(*(observe(check, marks.get(id), patience, context) for id, check in checks.items()))
    return Sample(dict(zip(checks, looks, strict=True)))


async def wait_for_next(decision: Decision, changes: int, context: RunContext) -> float:
    """Waits until the next round is due. Returns the seconds that the wait took longer than it should.

    `changes`: those of the host before the round that has just ended.
    """
    began = context.gateway.monotonic()
    wait = max(0.0, decision.due - began)
    if decision.wakes:
        await context.site.pause(wait, changes)
    else:
        await context.gateway.sleep(wait)
    return max(0.0, context.gateway.monotonic() - began - wait)
