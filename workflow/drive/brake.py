"""`titan-flow disarm`: the emergency brake. It sends first, and records when it can."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

WITHIN, MARK_WITHIN = 20.0, 3.0
"""seconds to confirm in; seconds that the sending waits for a mark, at most"""


@dataclass
class Alone:
    """No run, no lock, no journal: only a site to look at."""

    site: Site
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def disarm(args: argparse.Namespace) -> int:
    """0 where every service confirmed; 1 where it was sent but is not confirmed, or could not be sent."""
    from titan_flow.workflow.drive.memo import remember
    from titan_flow.workflow.spec import load

    spec = load(args.spec)
    step, site = _step(spec), site_of(spec)
    try:
        code, says = await _send(spec, site, step, _values(spec, args.reason))
        print(says, file=sys.stderr if code else sys.stdout, flush=True)
        if (lost := await remember(args.store, spec, args.reason, code == 0, says)) is not None:
            print(f"not recorded: {lost}", file=sys.stderr)  # noqa: T201
    finally:
        await site.close()
    return code


async def _send(spec: Spec, site: Site, step: Step, values: dict[str, Json]) -> tuple[int, str]:
    from titan_flow.adapters.commands import Message
    from titan_flow.adapters.nats import deliver
    from titan_flow.workflow.spec import instance, resolve

    action = instance(step.use, resolve(step.args, values))
    deed = action.act(site, Look(Answer.UNKNOWN)) if isinstance(action, Action) else None
    if not isinstance(deed, Message) or not isinstance(action, Action):
        raise Refusal(f"{step.use} does not send a message; it cannot be the emergency brake", code=2)
    mark = await _mark(action, site)
    try:
        sent = await deliver(site, deed)
    except Unreachable as lost:
        return 1, f"NOT disarmed: {lost}. Stop the services by hand"
    if not sent.ok:
        return 1, f"NOT disarmed: {sent.tail()}"
    patience = spec.flow.edge(step.id.partition("/")[0]).patience
    seen = await settle(action, mark, WITHIN, patience, Alone(site))
    if seen.yes:
        return 0, f"disarmed: {seen.says}"
    return 1, f"disarm was sent, but is not confirmed: {seen.says}. See: titan-flow status {spec.path}"


async def _mark(action: Action, site: Site) -> Json:
    """Where the logs stand before the sending, if that can be had at once; the brake does not wait for it."""
    try:
        async with asyncio.timeout(MARK_WITHIN):
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
