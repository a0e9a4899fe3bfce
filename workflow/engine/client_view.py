"""What a client saw while an action ran: the addresses that the flow verifies are asked lightly all the while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from titan_flow.adapters.offers import Probes
from titan_flow.states.events import AttemptFailed, ClientView, Event, StepDone
from titan_flow.states.model import Flow, Step
from titan_flow.states.run import Run
from titan_flow.workflow.engine.context import RunContext

EVERY = 0.25
"""seconds between an answer and the next question"""


@dataclass
class _Watched:
    """One address, and the steps that check it. `since`: when it stopped answering as it should."""

    check: Probes
    steps: list[str]
    asked: int = 0
    away: list[tuple[datetime, datetime | None]] = field(default_factory=list[tuple[datetime, datetime | None]])
    since: datetime | None = None

    def answered(self, served: bool, at: datetime) -> None:
        self.asked += 1
        if not served:
            self.since = self.since or at
        elif self.since is not None:
            self.away.append((self.since, at))
            self.since = None

    def view(self) -> ClientView:
        still = [] if self.since is None else [(self.since, None)]
        away = (*self.away, *still)
        return ClientView(address=self.check.address, checks=tuple(self.steps), asked=self.asked, away=away)


class ClientViews:
    """What was seen so far."""

    def __init__(self, watched: list[_Watched]) -> None:
        self._watched = watched

    def noted(self, event: Event) -> Event:
        """The end of the step or of its attempt, with what was seen; nothing where no address was asked."""
        views = tuple(one.view() for one in self._watched if one.asked)
        if not views or not isinstance(event, StepDone | AttemptFailed):
            return event
        return event.model_copy(update={"client": views})


@asynccontextmanager
async def clients_watched(run: Run, context: RunContext, watch: bool) -> AsyncGenerator[ClientViews]:
    """Asks each address while the block runs; nothing is asked where `watch` is false."""
    watched = _addresses(run, context) if watch else []
    asking = [asyncio.create_task(_ask(one, context)) for one in watched]
    try:
        yield ClientViews(watched)
    finally:
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _ask(one: _Watched, context: RunContext) -> None:
    while True:
        at = context.gateway.now()
        try:
            served = await one.check.probe(context.site)
        except Exception:  # it was not served; why is for the checks to say
            served = False
        one.answered(served, at)
        await context.gateway.sleep(EVERY)


def _addresses(run: Run, context: RunContext) -> list[_Watched]:
    """Each address that the way to a gate or goal checks, once."""
    found = dict[str, _Watched]()
    for step in _verifying(context.flow):
        try:
            check = context.check(step, context.resolved(run, step))
        except ValueError:  # what it names is not known yet
            continue
        if isinstance(check, Probes):
            found.setdefault(repr(check), _Watched(check, [])).steps.append(step.id)
    return list(found.values())


def _verifying(flow: Flow) -> list[Step]:
    """The checks before a gate or a goal, and those of the recoveries and watches: they may ask the same."""
    last = {name for name, state in flow.states.items() if state.gate or state.goal}
    ways = [edge for edge in flow.transitions.values() if edge.target in last]
    watches = [state.watch for state in flow.states.values() if state.watch is not None]
    steps = [step for edge in (*ways, *flow.recoveries.values()) for step in edge.checks]
    return [*steps, *(step for watch in watches for step in watch.checks)]
