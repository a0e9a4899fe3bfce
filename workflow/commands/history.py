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
from titan_flow.workflow.display.terminal import one_line, width
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.history import past
from titan_flow.workflow.runs.releases import Row, listed
from titan_flow.workflow.specfile.load import load

SHOWN = 50
"""runs that a table shows where no --limit is given"""
HEAD = ("RUN", "BEGAN (UTC)", "OUTCOME", "STATE", "COMMIT", "INTERLOCK", "TOOK", "OPERATOR", "FLOW")


def run(args: argparse.Namespace) -> int:
    if args.releases:
        return _releases(args)

    journal = open_journal(args.store, write=False)
    most: int | None = args.limit or (None if args.json else SHOWN + 1)
    runs, doubt = past(journal, args.spec, adapters(), most)
    if doubt:
        print(doubt, file=sys.stderr)
    if args.json:
        print(json.dumps([_row(run) for run in runs], indent=2))
        return 0
    if not runs:
        print("no runs yet; start one: titan-flow run SPEC")
        return 0
    shown = runs[: args.limit or SHOWN]
    for line in _table([HEAD, *(_cells(run) for run in shown)]):
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
        print(json.dumps([row.told() for row in rows], indent=2))
    elif not rows:
        print("no release is known on this host yet; the first run records one: titan-flow run SPEC")
    else:
        for line in _table([("RELEASE", "RUN", "MARKED (UTC)", "IS", "WHY"), *(_release_cells(row) for row in rows)]):
            print(line)
    return 0


def _release_cells(row: Row) -> tuple[str, ...]:
    at = row.mark.at[:16].replace("T", " ")
    cells = (row.mark.release.commit[:7], row.run or "-", at, row.standing, row.mark.why)
    return tuple(one_line(cell) for cell in cells)


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
    cells = (
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
    return tuple(one_line(cell) for cell in cells)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(width(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(row)).rstrip() for row in rows]
