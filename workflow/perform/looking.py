"""Looking: one look with its retries, and settling."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.base import Check, Unreachable
from titan_flow.states.model import Patience
from titan_flow.states.words import Answer, Json, Look
from titan_flow.workflow.retry import pause
from titan_flow.workflow.stage import Stage

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0


async def observe(check: Check, since: Json, patience: Patience, stage: Stage) -> Look:
    """One answer. Not reaching a host is retried; when the attempts are used up it is *unknown*, never *no*."""
    attempt = 1
    while True:
        try:
            async with asyncio.timeout(patience.timeout):
                return await check.look(stage.site, since)
        except Unreachable as lost:
            reason = str(lost)
        except TimeoutError:
            reason = f"{check.name} gave no answer within {patience.timeout:g} s"
        wait = pause(patience, attempt)
        if wait is None or stage.stopping.is_set():
            return Look(Answer.UNKNOWN, says=stage.site.masks(reason), evidence={"attempts": attempt}, mark=since)
        await stage.port.sleep(wait)
        attempt += 1


async def settle(check: Check, since: Json, within: float, patience: Patience, stage: Stage) -> Look:
    """Looks again, from the mark, until yes or the end of `within` seconds; the last answer."""
    clock, wait = stage.port.monotonic, FIRST_PAUSE
    end = clock() + within
    while True:
        seen = await observe(check, since, patience, stage)
        if seen.yes or seen.final or clock() + wait > end:
            return seen
        await stage.port.sleep(wait)
        wait = min(wait * 1.5, LONGEST_PAUSE)
