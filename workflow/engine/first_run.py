"""The first run on an empty host: nothing to record, nothing to disarm, and no rollback target."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.offers import survey_interlock
from titan_flow.states.deadlines import LOOK
from titan_flow.states.run import Run
from titan_flow.workflow.engine.context import RunContext


def is_first(run: Run) -> bool:
    """Whether this is a first deployment, as its operator said, and nothing was ever verified here."""
    return run.started.first and run.release is None


async def no_service_listens(run: Run, context: RunContext) -> bool:
    """Whether no service that holds the interlock runs: where nobody listens to a disarm, nobody is armed either."""

    if not is_first(run):
        return False
    try:
        async with asyncio.timeout(LOOK):
            return (await survey_interlock(context.site)).stopped
    except Fenced:
        raise
    except Exception:  # whatever it is: what was not observed is not assumed
        return False
