"""`titan-flow disarm`: the emergency brake. It sends first, and records when it can."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from titan_flow.adapters.base import Action, Unreachable
from titan_flow.states.model import Step
from titan_flow.states.words import Answer, Json, Look
from titan_flow.workflow.drive.ask import Refusal
from titan_flow.workflow.drive.operator import operator
from titan_flow.workflow.drive.place import site_of
from titan_flow.workflow.perform.looking import settle

if TYPE_CHECKING:
    from titan_flow.adapters.site import Site
    from titan_flow.workflow.spec import Spec

WITHIN = 20.0
"""seconds to confirm"""


async def disarm(args: argparse.Namespace) -> int:
    """0 where every service confirmed; 1 where it was sent but is not confirmed, or could not be sent."""
    from titan_flow.workflow.spec import load

    spec = load(args.spec)
    step = _step(spec)
    site = site_of(spec)
    try:
        code, says = await _send(spec, site, step, _values(spec, args.reason))
    finally:
        await site.close()
    print(says, file=sys.stderr if code else sys.stdout)
    return code


async def _send(spec: Spec, site: Site, step: Step, values: dict[str, Json]) -> tuple[int, str]:
    """Looks for the mark only as long as it takes to be there: the sending never waits for it."""
    from titan_flow.adapters.commands import Message
    from titan_flow.adapters.nats import deliver
    from titan_flow.workflow.spec import instance, resolve
    from titan_flow.workflow.stage import Stage

    action = instance(step.use, resolve(step.args, values))
    if not isinstance(action, Action):
        raise TypeError(f"{step.use} cannot act")
    blind = Look(Answer.UNKNOWN)
    deed = action.act(site, blind)
    if not isinstance(deed, Message):
        raise Refusal(f"{step.use} does not send a message; it cannot be the emergency brake", code=2)
    mark = await _mark(action, site)
    try:
        sent = await deliver(site, deed)
    except Unreachable as lost:
        return 1, f"NOT disarmed: {lost}. Stop the services by hand"
    if not sent.ok:
        return 1, f"NOT disarmed: {sent.tail()}"
    stage = Stage(spec.flow, site, guard=None)  # type: ignore[arg-type]
    seen = await settle(action, mark, WITHIN, spec.flow.edge(step.id.partition("/")[0]).patience, stage)
    if seen.yes:
        return 0, f"disarmed: {seen.says}"
    return 1, f"disarm was sent, but is not confirmed: {seen.says}. See: titan-flow status {spec.path}"


async def _mark(action: Action, site: Site) -> Json:
    import asyncio

    try:
        async with asyncio.timeout(3):
            return (await action.look(site, None)).mark
    except (Unreachable, TimeoutError):
        return None


def _step(spec: Spec) -> Step:
    for edge in spec.flow.edges:
        for step in edge.actions:
            if step.touches == "disarm":
                return step
    raise Refusal(f"{spec.path} has no interlock.disarm step: there is nothing to disarm", code=2)


def _values(spec: Spec, reason: str) -> dict[str, Json]:
    from datetime import UTC, datetime

    now = datetime.now(UTC).isoformat()
    params: dict[str, Json] = {
        f"params.{name}": param.default if isinstance(param.default, str) else "" for name, param in spec.params.items()
    }
    return {
        **params,
        "params.reason": reason,
        "run.id": "disarm",
        "run.operator": str(operator()),
        "run.at": now,
        "run.environment": "",
        "step.id": f"disarm/{now}",
    }
