"""Collects a plan. Reads only: no lock, no journal, nothing on the host but objects fetched into our own refs."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.offers import Between, Commit, checkout_of
from titan_flow.adapters.services.lookup import ask_ahead, services_of
from titan_flow.adapters.site import Site
from titan_flow.states.events import RunStarted
from titan_flow.states.model import Flow
from titan_flow.states.values import Answer
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.plan.drift import drift
from titan_flow.workflow.plan.model import Plan, Red, Seen
from titan_flow.workflow.plan.paths import under
from titan_flow.workflow.plan.walk import Foresight
from titan_flow.workflow.preflight.run_checks import inspect
from titan_flow.workflow.specfile.model import Spec


async def collect(place: Environment, started: RunStarted, look: bool = True) -> Plan:
    """`look`: also run every check that comes before the first action. `unknown` says what is not known, and why."""
    with place.site.moment.lasting():
        return await _collect(place, started, look)


async def _collect(place: Environment, started: RunStarted, look: bool) -> Plan:
    site, spec = place.site, place.spec
    seen, walk, red = await asyncio.gather(
        _seen(site),
        Foresight(site, spec.flow, started, spec.adapters).walk(),
        _red(spec, site, started) if look else _nothing(),
    )
    unknown = walk.causes()
    commit = walk.ahead.commit or (seen.head if _moves_checkout(spec.flow) else None)
    was, to, between = None, None, None
    if seen.head is not None and commit is not None:
        try:
            was, to, between = await _between(site, seen.head, commit)
        except (LookupError, Unreachable) as why:
            unknown.append(str(why))
    mask = site.redactor.mask
    files = between.files if between is not None else ()
    return Plan(
        started=started,
        flow=spec.flow,
        directory=site.directory,
        host=spec.target.ssh or "",
        seen=seen,
        was=mask(was),
        to=mask(to),
        between=mask(between),
        policies=under(files, _policies(spec)),
        migrations=under(files, spec.migrations),
        configuration=under(files, _configuration(site)),
        steps=mask(tuple(walk.steps)),
        services=dict(sorted(walk.services.items())),
        red=mask((*red, *refused(walk, [one.says for one in red]))),
        looked=look,
        drift=drift(started.previous, seen.release),
        unknown=mask(tuple(unknown)),
        warnings=mask(tuple(walk.warnings)),
    )


async def _seen(site: Site) -> Seen:
    await ask_ahead(site)
    try:
        at = await checkout_of(site).head(site)
    except (LookupError, Unreachable):
        return Seen()
    try:
        instances = await services_of(site).instances(site)
        release = await services_of(site).release(site, at) if any(one.running for one in instances) else None
    except (LookupError, Unreachable):
        return Seen(at)
    services = sorted({one.service for one in instances if one.running})
    running = {name: tuple(sorted(o.id for o in instances if o.service == name and o.running)) for name in services}
    return Seen(at, release, running)


async def _between(site: Site, one: str, other: str) -> tuple[Commit, Commit, Between]:
    checkout = checkout_of(site)
    return await asyncio.gather(
        checkout.describe(site, one), checkout.describe(site, other), checkout.between(site, one, other)
    )


def refused(walk: Foresight, known: Collection[str] = ()) -> tuple[Red, ...]:
    """The actions that cannot succeed: a run that would meet them does not begin. Each cause once, not `known`."""
    found: dict[str, Red] = {}
    for one in walk.steps:
        if one.refused and one.says not in known:
            found.setdefault(one.says, Red(one.id, one.use, Answer.NO, one.says, refuses=True, remedy=one.remedy))
    return tuple(found.values())


async def _nothing() -> tuple[Red, ...]:
    return ()


async def _red(spec: Spec, site: Site, started: RunStarted) -> tuple[Red, ...]:
    """The pre-flight's checks that do not pass."""

    found = await inspect(spec, site, started.params, str(started.operator))
    return tuple(
        Red(one.step.id, one.step.use, one.look.answer, one.look.says, refuses=True, remedy=one.remedy)
        for one in found.checks
        if not one.look.yes
    )


def _moves_checkout(flow: Flow) -> bool:
    return any("checkout" in step.changes for edge in flow.transitions.values() for step in edge.actions)


def _policies(spec: Spec) -> set[str]:
    """The files of the checkout with which checks compare."""
    steps = (step for edge in spec.flow.edges for step in edge.checks)
    return {
        path
        for step in steps
        if (name := spec.adapters.check(step.use).compares) and isinstance(path := step.args.get(name), str)
    }


def _configuration(site: Site) -> set[str]:
    """The files that say what runs."""
    return {path for block in site.blocks.values() for path in block.configuration()}
