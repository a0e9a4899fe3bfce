"""A run with migrations does not roll back by itself once the new release ran: it asks."""

from __future__ import annotations

from titan_flow.states.moves import Fail
from titan_flow.states.run import Run
from titan_flow.states.values import Answer
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.finish import running


async def crosses_migrations(run: Run, move: Fail, context: RunContext) -> bool:
    """Whether going back now would put the old code on data that may have changed, and nobody has asked for it."""
    recovering = (run.edge or run.entering) in context.flow.recoveries
    if not run.started.migrations or recovering or move.answer is Answer.YES or run.release is None:
        return False
    now = await running(context)
    was = {name: image.id for name, image in run.release.images.items()}
    return now is None or {name: image.id for name, image in now.images.items()} != was


def crossing(run: Run, move: Fail) -> str:
    """The question, with what answers it."""
    files = ", ".join(run.started.migrations[:3])
    return (
        f"{move.edge}: {move.reason}. It brought migrations ({files}): the release before would meet changed data. "
        f"Check again: titan-flow resume {run.id}; roll back anyway: titan-flow rollback {run.id} --migrations"
    )
