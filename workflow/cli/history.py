"""`titan-flow history`: the runs that this journal knows, newest first."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from titan_flow.workflow.cli import arguments

if TYPE_CHECKING:
    from titan_flow.states.run import Run
    from titan_flow.states.words import Json


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "history", run, "runs, newest first")
    parser.add_argument("spec", metavar="SPEC", nargs="?", help="only the runs of this flow on its target")
    arguments.json(parser)


def run(args: argparse.Namespace) -> int:
    from titan_flow.states.run import fold
    from titan_flow.workflow.cli.finding import runs_of
    from titan_flow.workflow.journal import open_journal

    journal = open_journal(args.store, write=False)
    runs = [fold(journal.read(row.run)) for row in runs_of(journal, args.spec)]
    if args.json:
        import json

        print(json.dumps([_row(run) for run in runs], indent=2))
        return 0
    if not runs:
        print("no runs yet; start one: titan-flow run SPEC")
        return 0
    for line in _table([_cells(run) for run in runs]):
        print(line)
    return 0


def _row(run: Run) -> dict[str, Json]:
    from titan_flow.workflow.cli.summary import stamp

    return {
        "run": run.id,
        "flow": run.started.flow,
        "environment": run.started.environment,
        "target": run.started.target,
        "purpose": run.started.purpose,
        "commit": run.started.params.get("commit"),
        "state": run.state,
        "outcome": run.outcome.value,
        "interlock": run.interlock.value,
        "operator": str(run.started.operator),
        "started": stamp(run.began),
        "updated": stamp(run.updated),
    }


def _cells(run: Run) -> tuple[str, ...]:
    from titan_flow.states.words import span
    from titan_flow.workflow.progress.safe import one_line

    cells = (
        run.id,
        f"{run.began:%Y-%m-%d %H:%M}",
        run.outcome.value.replace("_", " "),
        run.state,
        run.started.params.get("commit", "")[:7],
        run.interlock.value,
        span((run.updated - run.began).total_seconds()),
        str(run.started.operator),
        f"{run.started.flow} → {run.started.target}",
    )
    return tuple(one_line(cell) for cell in cells)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    from titan_flow.workflow.progress.safe import width

    head = ("RUN", "BEGAN (UTC)", "OUTCOME", "STATE", "COMMIT", "INTERLOCK", "TOOK", "OPERATOR", "FLOW")
    whole = [head, *rows]
    widths = [max(width(row[n]) for row in whole) for n in range(len(head))]
    return ["  ".join(cell + " " * (widths[n] - width(cell)) for n, cell in enumerate(row)).rstrip() for row in whole]
