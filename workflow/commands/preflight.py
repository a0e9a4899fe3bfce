"""`titan-flow preflight SPEC`: everything that is checked before anything acts, all of it at once."""

from __future__ import annotations

import argparse
import asyncio
import json

from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.connect import learn, site_of
from titan_flow.workflow.exit_codes import Exit
from titan_flow.workflow.plan.foreseen import foreseen
from titan_flow.workflow.preflight.as_text import as_text, document
from titan_flow.workflow.preflight.run_checks import Preflight, inspect
from titan_flow.workflow.session.whoami import operator
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    """0 where every check passes and no action is bound to fail, else 3."""

    spec = load(args.spec, adapters())
    given = {name: text for name, _, text in (pair.partition("=") for pair in args.set)}

    async def look() -> Preflight:
        site = site_of(spec)
        try:
            await learn(site)
            who = operator()
            return await foreseen(spec, site, await inspect(spec, site, given, str(who)), who)
        finally:
            await site.close()

    found = asyncio.run(look())
    if args.json:
        print(json.dumps(document(found, spec.flow.name, str(spec.target), spec.path), indent=2))
    else:
        print(as_text(found, spec.flow.name, str(spec.target), spec.path))
    return Exit.OK if found.ok else Exit.REFUSED
