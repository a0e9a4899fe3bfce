"""`titan-flow history`: the runs that this journal knows, newest first."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from titan_flow.states.durations import span
from titan_flow.states.listing import RunSummary
from titan_flow.states.values import Json
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.as_json import stamp
from titan_flow.workflow.display.event_text import OUTCOMES
from titan_flow.workflow.display.table import columns, table
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.history import list_runs
from titan_flow.workflow.runs.releases import Row, listed
from titan_flow.workflow.specfile.load import load

SHOWN = 50
"""runs that a table shows where no --limit is given"""
HEAD = ("RUN", "BEGAN (UTC)", "OUTCOME", "STATE", "COMMIT", "INTERLOCK", "TOOK", "OPERATOR", "FLOW")
YIELDING = tuple(HEAD.index(name) for name in ("OPERATOR", "TOOK", "FLOW", "INTERLOCK", "STATE"))
"""what gives way where the terminal is narrow, first the least important"""
RELEASES = ("RELEASE", "RUN", "MARKED (UTC)", "IS", "WHY")


def run(args: argparse.Namespace) -> int:
    if args.releases:
        return _releases(args)

    journal = open_journal(args.store, write=False)
    most: int | None = args.limit or (None if args.json else SHOWN + 1)
    runs, doubt = list_runs(journal, args.spec, adapters(), most)
    if doubt:
        print(visible(doubt), file=sys.stderr)
    if args.json:
        print(json.dumps([_row(run) for run in runs], indent=2))
        return 0
    if not runs:
        print("no runs yet; start one: titan-flow run SPEC")
        return 0
    shown = runs[: args.limit or SHOWN]
    for line in table([HEAD, *(_cells(run) for run in shown)], columns(), YIELDING):
        print(line)
    if len(runs) > len(shown):
        print(f"these are the {len(shown)} newest; for more: titan-flow history --limit N")
    return 0


def _releases(args: argparse.Namespace) -> int:
    """Every release of the environment, the one marked last first. Asks the host; takes no lock, changes nothing."""

    if args.spec is None:
        raise UsageError("--releases needs a spec: titan-flow history SPEC --releases")
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


def _row(run: RunSummary) -> dict[str, Json]:
    return {
        "run": run.run,
        "flow": run.flow,
        "environment": run.environment,
        "target": run.target,
        "purpose": run.purpose,
        "commit": run.commit or None,
        "state": run.state,
        "outcome": run.outcome.value,
        "interlock": run.interlock.value,
        "operator": run.operator,
        "started": stamp(run.began),
        "updated": stamp(run.updated),
    }


def _cells(run: RunSummary) -> tuple[str, ...]:
    return (
        run.run,
        f"{run.began:%Y-%m-%d %H:%M}",
        OUTCOMES[run.outcome],
        run.state,
        run.commit[:7],
        run.interlock.value,
        span((run.updated - run.began).total_seconds()),
        run.operator,
        f"{run.flow} → {run.target}",
    )
