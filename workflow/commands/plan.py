"""`titan-flow plan`, and `run --plan HASH`: the same plan, collected the same way."""

from __future__ import annotations

import argparse
import asyncio
import json

from titan_flow.workflow.commands.driving import run_options
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.connect import learn, site_of
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.plan.as_json import document
from titan_flow.workflow.plan.as_markdown import runbook
from titan_flow.workflow.plan.as_text import as_text
from titan_flow.workflow.plan.collect import collect
from titan_flow.workflow.session.opening import opening, parameters, until
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """The exit code. Takes no lock, and makes nothing on the host. Raises SpecError, UserError, Unreachable."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    spec = load(args.spec, adapters())
    until(spec, args.until)
    journal, site = open_journal(args.store, write=False), site_of(spec)
    try:
        await learn(site)
        place = Environment(spec, site, site.guard(), await site.guard().environment() or "")
        wanted = run_options(args)
        params = await parameters(place, wanted.values)
        found = await collect(place, await opening(place, journal, params, wanted, operator()))
    finally:
        await site.close()
        journal.close()
    if args.json:
        print(json.dumps(document(found), indent=2))
    elif args.format == "markdown":
        print(runbook(found), end="")
    else:
        print(as_text(found, args.spec))
    return 3 if any(red.refuses for red in found.red) else 0
