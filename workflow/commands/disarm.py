"""`titan-flow disarm`: the emergency disarm. It sends first, and records when it can."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import Message, UnfencedCommands
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import survey_interlock
from titan_flow.adapters.site import Site
from titan_flow.states.model import Patience, Step
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.engine.observe import Alone, settle
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.session.brake_record import Memo
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.bind import instance
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.model import Spec
from titan_flow.workflow.specfile.references import resolve

WITHIN, MARK_WITHIN = 20.0, 3.0
"""seconds to send and to confirm in, each; seconds that the sending waits for a mark, at most"""
TRIES = 3
QUICK = Patience(timeout=8.0, attempts=1)


@dataclass(frozen=True)
class Result:
    """`sent`: something took it. `confirmed`: every service said so."""

    sent: bool
    confirmed: bool
    says: str


def run(args: argparse.Namespace) -> int:
    """0 where every service confirmed; 1 where it was sent but is not confirmed, or could not be sent."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    spec = load(args.spec, adapters(), proved=False)
    step, site = _step(spec), site_of(spec)
    memo = Memo(spec, site, args.store, args.reason)
    held = asyncio.create_task(memo.hold_back())
    try:
        result = await _send(spec, site, step, _values(spec, args.reason), held)
        _say(result, args.json)
        if (lost := await memo.remember(held, result.confirmed, result.says)) is not None:
            print(f"not recorded: {lost}", file=sys.stderr, flush=True)
    finally:
        held.cancel()
        await site.close()
    return 0 if result.confirmed else 1


def _say(result: Result, as_json: bool) -> None:
    if as_json:
        told = {"sent": result.sent, "interlock": "disarmed" if result.confirmed else "unknown", "says": result.says}
        print(json.dumps(told, indent=2), flush=True)
    else:
        print(result.says, file=sys.stdout if result.confirmed else sys.stderr, flush=True)


async def _send(spec: Spec, site: Site, step: Step, values: dict[str, Json], held: asyncio.Task[bool]) -> Result:
    action = instance(step.use, resolve(step.args, values), spec.adapters)
    deed = action.act(site, Observation(Answer.UNKNOWN)) if isinstance(action, Action) else None
    if not isinstance(deed, Message | UnfencedCommands) or not isinstance(action, Action):
        raise UsageError(f"{step.use} cannot be sent alone, so it cannot be used for an emergency disarm")
    looking = asyncio.create_task(_mark(action, site))
    await asyncio.wait({looking}, timeout=MARK_WITHIN)
    in_time = looking.done()
    if (lost := await _tried(site, action, deed)) is not None:
        looking.cancel()
        return Result(False, False, f"NOT disarmed: {lost}{await _seen(site)}. Stop the services by hand")
    mark = await looking
    # A living run's arming may have come between our sending and the host's knowing of it; and only what is sent after
    # the mark is confirmed by what follows it. Twice is safe.
    if await _driven(held) or (mark is not None and not in_time):
        await _tried(site, action, deed)
    seen = await _confirmation(action, mark, site)
    if seen.yes:
        return Result(True, True, f"disarmed: {seen.says}")
    says = (
        f"disarm was sent, not confirmed: {seen.says}. See: titan-flow status {spec.path}; or stop the services by hand"
    )
    return Result(True, False, says)


async def _tried(site: Site, action: Action, deed: Message | UnfencedCommands) -> str | None:
    """None once it is sent, else why it could not be."""
    lost = ""
    for attempt in range(TRIES):
        try:
            async with asyncio.timeout(WITHIN):
                sent = await action.send(site, deed)
            if sent.ok:
                return None
            lost = sent.reason()
        except (Unreachable, TimeoutError) as why:
            lost = str(why) or f"not sent within {WITHIN:g} s"
        if attempt + 1 < TRIES:
            await asyncio.sleep(0.5)
    return lost


async def _driven(held: asyncio.Task[bool]) -> bool:
    """Whether a living run was there to be held back; the confirmation waits no longer for the answer."""
    done, _ = await asyncio.wait({held}, timeout=MARK_WITHIN)
    return bool(done) and held.result()


async def _confirmation(action: Action, mark: Json, site: Site) -> Observation:
    """Without a mark nothing can be newer than the sending: one look, for what there is to say."""
    try:
        async with asyncio.timeout(WITHIN + QUICK.timeout):
            return await settle(action, mark, WITHIN if mark is not None else 0.0, QUICK, Alone(site))
    except TimeoutError:
        return Observation(Answer.UNKNOWN, says=f"the host gave no answer within {WITHIN:g} s")


async def _mark(action: Action, site: Site) -> Json:
    """Where the logs stand; None where that cannot be had. The first sending does not wait for it."""
    try:
        async with asyncio.timeout(WITHIN):
            return (await action.look(site, None)).mark
    except (Unreachable, TimeoutError):
        return None


async def _seen(site: Site) -> str:
    """What is known all the same: the services' own logs."""

    try:
        async with asyncio.timeout(MARK_WITHIN):
            interlock = (await survey_interlock(site)).interlock
    except (Unreachable, TimeoutError):
        return "; the interlock is unknown too"
    return f"; the logs say that the system is {interlock}"


def _step(spec: Spec) -> Step:
    for edge in spec.flow.edges:
        for step in edge.actions:
            if step.touches == "disarm":
                return step
    raise UsageError(f"{spec.path} has no interlock.disarm step: there is nothing to disarm")


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
