"""`titan-flow plan`, and `run --plan HASH`: the same plan, collected the same way."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from titan_flow.adapters.commands import run
from titan_flow.states.events import RunStarted
from titan_flow.workflow.drive.ask import Refusal
from titan_flow.workflow.drive.operator import operator
from titan_flow.workflow.drive.place import Place, site_of
from titan_flow.workflow.drive.start import Wanted, opening, parameters, until

if TYPE_CHECKING:
    from titan_flow.adapters.site import Site
    from titan_flow.workflow.plan import Plan


async def plan(args: argparse.Namespace) -> int:
    """The exit code. Takes no lock, and makes nothing on the host. Raises SpecError, Refusal, Unreachable."""
    import json

    from titan_flow.adapters.hosts.guard import Guard
    from titan_flow.workflow.journal import open_journal
    from titan_flow.workflow.plan import collect, document, runbook, words
    from titan_flow.workflow.spec import load

    spec = load(args.spec)
    until(spec, args.until)
    journal, site = open_journal(args.store, write=False), site_of(spec)
    try:
        place = Place(spec, site, Guard(site.host, site.directory, site.port, site.masks), await _environment(site))
        wanted = Wanted(
            await parameters(place, args.set), args.until, bool(args.arm), bool(args.first), bool(args.allow_bad)
        )
        found = await collect(place, await opening(place, journal, wanted, operator()))
    finally:
        await site.close()
        journal.close()
    if args.json:
        print(json.dumps(document(found), indent=2))  # noqa: T201
    elif args.format == "markdown":
        print(runbook(found), end="")  # noqa: T201
    else:
        print(words(found, args.spec))  # noqa: T201
    return 3 if any(red.refuses for red in found.red) else 0


async def planned(place: Place, started: RunStarted, wanted: str | None) -> tuple[RunStarted, Plan]:
    """The run's plan, and its first event with it. Raises Refusal where it is not the plan that was `wanted`."""
    from titan_flow.workflow.plan import agrees, collect, short

    found = await collect(place, started, look=False)
    if wanted is not None:
        try:
            moved = agrees(wanted, found)
        except ValueError as why:
            raise Refusal(f"--plan: {why}", code=2) from None
        if moved:
            raise Refusal(
                f"moved since that plan: {moved}; nothing was changed. Now it is {short(found)}: "
                f"titan-flow plan {place.spec.path}"
            )
    return started.model_copy(update={"plan": short(found), "migrations": found.migrations}), found


async def _environment(site: Site) -> str:
    """The environment's id, where it has one already."""
    done = await site.run(run("cat", ".titan-flow/id"))
    return done.out.strip() if done.ok else ""
