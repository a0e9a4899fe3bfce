"""`run --plan HASH`: a run goes on only with the plan that its operator has seen."""

from __future__ import annotations

from titan_flow.states.events import RunStarted
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import UsageError, UserError
from titan_flow.workflow.plan.collect import collect
from titan_flow.workflow.plan.digest import agrees, short
from titan_flow.workflow.plan.model import Plan, Red


async def planned(place: Environment, started: RunStarted, wanted: str | None) -> tuple[RunStarted, Plan]:
    """The run's plan, and its first event with it. Raises UserError where it is not the plan that was `wanted`."""

    found = await collect(place, started, look=False)
    if wanted is not None:
        try:
            moved = agrees(wanted, found)
        except ValueError as why:
            raise UsageError(f"--plan: {why}") from None
        if moved:
            raise UserError(
                f"changed since that plan: {moved}; nothing was deployed. The plan is now {short(found)}: "
                f"titan-flow plan {place.spec.path}"
            )
    if refused := [_told(red) for red in found.red if red.refuses]:
        where = f"See: titan-flow plan {place.spec.path}"
        raise UserError(f"this run would fail, so nothing was changed: {'; '.join(refused)}. {where}")
    return started.model_copy(update={"plan": short(found), "migrations": found.migrations}), found


def _told(red: Red) -> str:
    return f"{red.step} {red.use}: {red.says}" + (f" (to fix it: {red.remedy})" if red.remedy else "")
