"""What became of an intent whose outcome is not on record: the process that had it was killed, or lost its host."""

from __future__ import annotations

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.errors import Fenced, Unreachable
from titan_flow.states.model import Transition
from titan_flow.states.run import Progress
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.observe import judged, observe, settle


async def aftermath(
    progress: Progress, action: Action, within: float, edge: Transition, context: RunContext
) -> tuple[CommandResult | None, Observation]:
    """Waits for its job, then settles before anything acts again.

    A job that the host never started needs no settling: nothing was done.
    """
    done = None
    try:
        if progress.key is not None:
            done = await context.outcome(progress.key)
        sends = not isinstance(action.act(context.site, Observation(Answer.NO, mark=progress.mark)), Job)
    except Fenced:
        raise
    except Unreachable as lost:
        return None, Observation(Answer.UNKNOWN, says=str(lost), mark=progress.mark)
    except Exception as fault:
        return None, Observation(Answer.UNKNOWN, context.site.redactor(describe(fault)), mark=progress.mark)
    if done is not None and done.completed.ok and (said := judged(action, done.completed, context)) is not None:
        seen = said
    elif sends or (done is not None and done.completed.ok):
        seen = await settle(action, progress.mark, within, edge.patience, context)
    else:
        seen = await observe(action, progress.mark, edge.patience, context)
    return (done.completed if done else None), seen
