"""What a run is about to do, before it is asked for: the plan in short, and the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from titan_flow.workflow.plan import Plan


def preview(plan: Plan) -> str:
    """From, to, what restarts and what is kept; and every state on the way with where a failure leads."""
    from titan_flow.states.draw import text
    from titan_flow.workflow.plan import summary

    return f"{summary(plan)}\n\n{text(plan.flow)}"
