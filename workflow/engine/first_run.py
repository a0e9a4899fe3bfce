"""The first run on an empty host: nothing runs, so there is nothing to record, nothing to disarm, and no way back."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.interlock.adapter import observe
from titan_flow.adapters.interlock.judgement import Basis
from titan_flow.states.deadlines import LOOK
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.engine.context import RunContext


def nothing_to_record(run: Run, seen: Observation) -> bool:
    """Whether a snapshot's *no* is what `--first` goes past: nothing runs, and nothing was ever verified here."""
    return run.started.first and run.release is None and seen.answer is Answer.NO and seen.final


async def no_service_listens(run: Run, context: RunContext) -> bool:
    """Whether no service that holds the interlock runs: where nobody listens to a disarm, nobody is armed either."""

    if not run.started.first or run.release is not None:
        return False
    try:
        async with asyncio.timeout(LOOK):
            _, seen = await observe(context.site)
    except (Unreachable, TimeoutError):
        return False
    return bool(seen) and all(isinstance(one, dict) and one.get("basis") == Basis.STOPPED for one in seen.values())
