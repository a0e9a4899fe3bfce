"""Before a deployment starts: its parameters, its plan, and whether there is anything to do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.health import all_healthy
from titan_flow.adapters.services.lookup import ask_ahead, services_of
from titan_flow.states.events import CheckWaived, RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.values import Interlock
from titan_flow.workflow.engine.finish import running
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.plan.agreed import planned
from titan_flow.workflow.plan.model import Plan
from titan_flow.workflow.plan.walk import Foresight
from titan_flow.workflow.session.opening import free, opening, parameters, until
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.session.waivers import waivers
from titan_flow.workflow.specfile.model import Spec


@dataclass(frozen=True)
class Prepared:
    """The first event of a deployment, its plan, and the checks that it skips.

    `plan` None: there is nothing to do, and `says` why.
    """

    started: RunStarted
    skipped: list[CheckWaived]
    plan: Plan | None
    says: str = ""


def validated(spec: Spec, options: RunOptions, who: Operator) -> list[CheckWaived]:
    """The checks to skip. Connects to nothing. Raises UsageError where the options do not fit the spec."""
    until(spec, options.until)
    return waivers(spec.flow, options.skip_checks, options.reasons, who)


async def prepare(session: Session, options: RunOptions) -> Prepared:
    """Changes nothing. Raises UserError, SpecError, Locked, Unreachable, JournalError."""
    place, journal = session.place, session.journal
    skipped = validated(session.spec, options, session.operator)
    if options.wait:
        await free(place, journal, options.wait)
    with place.site.moment.lasting():
        started = await _opening(session, options)
        if (says := await _nothing_to_do(place, started)) is not None:
            return Prepared(started, skipped, None, says)
        started, plan = await planned(place, started, options.plan)
    return Prepared(started, skipped, plan)


async def _opening(session: Session, options: RunOptions) -> RunStarted:
    """The first event; meanwhile what the plan looks at is asked for. Of several errors, that of `free` is raised."""

    async def begin() -> RunStarted:
        params = await parameters(session.place, options.values)
        return await opening(session.place, session.journal, params, options, session.operator)

    held, started, _ = await asyncio.gather(
        free(session.place, session.journal, 0.0), begin(), ask_ahead(session.place.site), return_exceptions=True
    )
    if isinstance(held, BaseException):
        raise held
    if isinstance(started, BaseException):
        raise started
    return started


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
        return all_healthy(await services.expected(place.site), await services.instances(place.site)).yes
    except (Unreachable, LookupError):
        return False


async def _would_act(place: Environment, started: RunStarted) -> bool:
    """Whether an action that changes the checkout, images or services has something to do, or does not know."""
    walked = await Foresight(place.site, place.spec.flow, started, place.spec.adapters).walk()
    return any(step.acts is not False for step in walked.steps if step.converges) or bool(walked.unknown)
