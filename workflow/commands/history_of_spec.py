"""`titan-flow history SPEC`: the runs of a flow on its target, and its releases, whoever drove them. Asks the host."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from titan_flow.workflow.commands.history import asked, before, print_runs
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.table import columns, table
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.history import list_runs
from titan_flow.workflow.runs.releases import Row, listed
from titan_flow.workflow.specfile.load import load

RELEASES = ("RELEASE", "RUN", "MARKED (UTC)", "IS", "WHY")


def run(args: argparse.Namespace) -> int:
    if args.releases:
        return _releases(args)
    journal = open_journal(args.store, write=False)
    runs, doubt = list_runs(journal, args.spec, adapters(), asked(args), before(journal, args))
    if doubt:
        print(visible(doubt), file=sys.stderr)
    print_runs(runs, args)
    return 0


def _releases(args: argparse.Namespace) -> int:
    """Every release of the environment, the one marked last first. Takes no lock, changes nothing."""
    rows = asyncio.run(listed(load(args.spec, adapters())))
    if args.json:
        print(json.dumps([row.as_json() for row in rows], indent=2))
    elif not rows:
        print("no release is known on this host yet; the first run records one: titan-flow run SPEC")
    else:
        for line in table([RELEASES, *(_release_cells(row) for row in rows)], columns(), (RELEASES.index("WHY"),)):
            print(line)
    return 0


def _release_cells(row: Row) -> tuple[str, ...]:
    at = row.mark.at[:16].replace("T", " ")
    return (row.mark.release.commit[:7], row.run or "-", at, row.standing, row.mark.why)
