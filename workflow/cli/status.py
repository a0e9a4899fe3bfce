"""`titan-flow status`: where a run stands, and whether anybody drives it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from titan_flow.workflow.cli import arguments

if TYPE_CHECKING:
    from pathlib import Path

    from titan_flow.states.events import Record
    from titan_flow.states.model import Flow
    from titan_flow.states.run import Run
    from titan_flow.states.words import Outcome


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "status", run, "where a run stands; takes no lock")
    parser.add_argument("run", metavar="RUN|SPEC", nargs="?", help="a run's id, or a spec; else the newest run")
    parser.add_argument("--follow", action="store_true", help="show what happens until the run ends or waits")
    arguments.json(parser)


def run(args: argparse.Namespace) -> int:
    """The exit code of the run; 0 while it is running."""
    from titan_flow.states.run import fold
    from titan_flow.workflow.bundle import found
    from titan_flow.workflow.cli.finding import flow_of
    from titan_flow.workflow.cli.following import follow
    from titan_flow.workflow.colleague.meant import standing
    from titan_flow.workflow.journal import open_journal

    journal = open_journal(args.store, write=False)
    at = standing(journal, args.run)
    flow = flow_of(at.records)
    args.follow = args.follow and journal.last(at.records[0].run) == len(at.records)
    if args.follow:
        follow(journal, flow, at.records)
        at = standing(journal, at.records[0].run)
    run = fold(at.records)
    _show(flow, at.records, at.outcome, at.doubt, args, found(args.store, run.id))
    return _code(run, at.outcome)


def _code(run: Run, outcome: Outcome) -> int:
    from titan_flow.states.words import Outcome
    from titan_flow.workflow.cli.exits import Exit, exit_of

    return Exit.RESUMABLE if outcome is Outcome.INTERRUPTED else exit_of(run)


def _show(
    flow: Flow | None,
    records: list[Record],
    outcome: Outcome,
    doubt: str,
    args: argparse.Namespace,
    bundle: Path | None,
) -> None:
    import sys

    if args.json:
        import json

        from titan_flow.states.run import fold
        from titan_flow.workflow.cli.summary import summary

        print(json.dumps(summary(flow, fold(records), records, outcome, bundle), indent=2))
    else:
        from datetime import UTC, datetime

        from titan_flow.states.words import Outcome
        from titan_flow.workflow.progress import drawn, ending, picture
        from titan_flow.workflow.progress.ending import COLUMNS
        from titan_flow.workflow.progress.layout import terminal

        columns = terminal(sys.stdout, COLUMNS)
        now = datetime.now(UTC) if outcome is Outcome.RUNNING else None
        if args.follow and flow is not None and drawn(sys.stderr) and sys.stdout.isatty():
            print(ending(flow, records, outcome, columns, bundle))  # the last frame stands above it
        else:
            print(picture(flow, records, outcome, columns, now, bundle))
    if doubt:
        print(doubt, file=sys.stderr)
