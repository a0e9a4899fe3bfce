"""`titan-flow preflight SPEC`: everything that is checked before anything acts, all of it at once."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    help = "all checks that come before anything acts, all answers at once; changes nothing"
    parser = arguments.command(subparsers, "preflight", run, help)
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    arguments.params(parser)
    arguments.json(parser)


def run(args: argparse.Namespace) -> int:
    """0 where every check says yes, else 3."""
    import asyncio
    import json

    from titan_flow.workflow.cli.exits import Exit
    from titan_flow.workflow.drive.operator import operator
    from titan_flow.workflow.drive.place import site_of, target_of
    from titan_flow.workflow.preflight import Preflight, document, inspect, words
    from titan_flow.workflow.spec import load

    spec = load(args.spec)
    given = {name: text for name, _, text in (pair.partition("=") for pair in args.set)}

    async def look() -> Preflight:
        site = site_of(spec)
        try:
            return await inspect(spec, site, given, str(operator()))
        finally:
            await site.close()

    found = asyncio.run(look())
    if args.json:
        print(json.dumps(document(found, spec.flow.name, target_of(spec), spec.path), indent=2))
    else:
        print(words(found, spec.flow.name, target_of(spec), spec.path))
    return Exit.OK if found.ok else Exit.REFUSED
