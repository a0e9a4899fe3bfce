"""`titan-flow run`: show what it will do, ask, start a run, and drive it to the goal."""

from __future__ import annotations

import argparse
import asyncio

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.health import green
from titan_flow.adapters.services.lookup import services_of
from titan_flow.states.draw.text import text
from titan_flow.states.events import RunStarted
from titan_flow.states.values import Interlock
from titan_flow.workflow.connect import Environment
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.plan.agreed import planned
from titan_flow.workflow.plan.as_text import summary
from titan_flow.workflow.plan.model import Plan
from titan_flow.workflow.plan.walk import Foresight
from titan_flow.workflow.prompt import confirm
from titan_flow.workflow.session.drive import new_id
from titan_flow.workflow.session.opening import RunOptions, free, opening, parameters, until
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.waivers import waivers
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """The exit code. Raises SpecError, UserError, Locked, Unreachable, JournalError."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:

    spec = load(args.spec)
    until(spec, args.until)
    waived = waivers(spec.flow, args.skip_check, args.reason, operator())
    async with Session(args, spec) as session:
        place, journal = session.place, session.journal
        await free(place, journal, args.wait)
        wanted = RunOptions(
            await parameters(place, args.set), args.until, bool(args.arm), bool(args.initial), bool(args.allow_bad)
        )
        started = await opening(place, journal, wanted, session.operator)
        if (says := await _nothing_to_do(place, started)) is not None:
            session.say(says)
            return 0
        started, plan = await planned(place, started, args.plan)
        session.say(preview(plan))
        for one in waived:
            session.say(f"  waived   {one.check} {one.use}: {one.reason}")
        confirm("Deploy?", yes=args.yes, flag="--yes")
        return await session.go(new_id(), started, *waived)


async def _nothing_to_do(place: Environment, started: RunStarted) -> str | None:
    """Words, where the newest verified release is the one asked for, it runs, it is healthy now, and it is armed."""
    release = started.previous
    if release is None or started.until is not None or release.commit != started.params.get("commit"):
        return None
    if place.spec.flow.interlocked and started.interlock is not Interlock.ARMED:
        return None
    now = await running(place.context())
    if now is None or not now.same(release) or (now.rendered, now.env) != (release.rendered, release.env):
        return None
    if not await _is_well(place) or await _would_act(place, started):
        return None
    return f"nothing to do: {release.commit[:7]} runs, verified" + (", armed" if place.spec.flow.interlocked else "")


async def _is_well(place: Environment) -> bool:
    """Every service runs in its number and is healthy now."""
    try:
        services = services_of(place.site)
        return green(await services.expected(place.site), await services.instances(place.site)).yes
    except (Unreachable, LookupError):
        return False


async def _would_act(place: Environment, started: RunStarted) -> bool:
    """Whether an action that changes the checkout, images or services has something to do, or does not know."""
    walked = await Foresight(place.site, place.spec.flow, started).walk()
    return any(step.acts is not False for step in walked.steps if step.converges) or bool(walked.unknown)


def preview(plan: Plan) -> str:
    """From, to, what restarts and what is kept; and every state on the way with where a failure leads."""

    return f"{summary(plan)}\n\n{text(plan.flow)}"
