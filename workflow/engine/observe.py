"""Looking: one look with its retries, and settling."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from titan_flow.adapters.base import Action, Check
from titan_flow.adapters.effects import CommandResult
from titan_flow.adapters.errors import Fenced, Refused, Unanswered, Unreachable
from titan_flow.adapters.site import Site
from titan_flow.states.deadlines import LOOK
from titan_flow.states.model import Patience
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.retry import FIRST_PAUSE, longer, pause


class Vantage(Protocol):
    """From where one looks: a stage, or a site alone. `stopping` cuts retries short."""

    @property
    def site(self) -> Site: ...

    @property
    def stopping(self) -> asyncio.Event: ...


@dataclass
class Alone:
    """No run, no lock, no journal: only a site to look at."""

    site: Site
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def observe(check: Check, since: Json, patience: Patience, at: Vantage) -> Observation:
    """One answer. Not reaching a host is retried; when attempts or time are used up it is *unknown*, never *no*.

    So is any other exception. Raises Fenced alone.
    """
    attempt, longest = 1, max(check.max_seconds, LOOK)
    clock = at.site.gateway.monotonic
    end = clock() + longest
    while True:
        allowed = min(max(check.max_seconds, patience.timeout), end - clock())
        try:
            async with asyncio.timeout(allowed):
                return await check.look(at.site, since)
        except Fenced:
            raise
        except Unreachable as lost:
            reason = str(lost)
        except TimeoutError:
            reason = f"{check.name} gave no answer within {allowed:.3g} s"
        except (Unanswered, Refused) as why:
            return Observation(Answer.UNKNOWN, at.site.redactor(str(why)), mark=since)
        except Exception as fault:
            says = at.site.redactor(describe(fault))
            return Observation(Answer.UNKNOWN, says, {"exception": type(fault).__name__}, mark=since)
        wait = pause(patience, attempt)
        if wait is None or at.stopping.is_set() or clock() + wait >= end:
            return Observation(Answer.UNKNOWN, says=reason, evidence={"attempts": attempt}, mark=since)
        await at.site.gateway.sleep(wait)
        attempt += 1


async def settle(check: Check, since: Json, within: float, patience: Patience, at: Vantage) -> Observation:
    """Looks again, from the mark, until yes or the end of `within` seconds; the last answer."""
    clock, wait = at.site.gateway.monotonic, FIRST_PAUSE
    end = clock() + within
    while True:
        changes = at.site.changes
        seen = await observe(check, since, patience, at)
        if seen.yes or seen.final or clock() + wait > end:
            return seen
        await at.site.pause(wait, changes)
        wait = longer(wait)


def judged(action: Action, done: CommandResult, at: Vantage) -> Observation | None:
    """The answer, where the act's own result is the evidence; *unknown* where judging it fails."""
    try:
        return action.judged(done)
    except Exception as fault:
        return Observation(Answer.UNKNOWN, at.site.redactor(describe(fault)))
