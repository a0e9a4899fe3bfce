"""`titan-flow report RUN -o FILE.html`: a run as one page, to be kept or sent."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "report", run, "a run as one page: its path, evidence, releases, downtime")
    parser.add_argument("run", metavar="RUN|SPEC", nargs="?", help="a run's id, or a spec; else the newest run")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there instead of stdout")


def run(args: argparse.Namespace) -> int:
    from titan_flow.states.run import fold
    from titan_flow.workflow.cli.finding import flow_of, run_meant
    from titan_flow.workflow.cli.living import outcome_of
    from titan_flow.workflow.journal import open_journal
    from titan_flow.workflow.report import report

    journal = open_journal(args.store, write=False)
    records = journal.read(run_meant(journal, args.run))
    outcome, _ = outcome_of(fold(records))
    page = report(flow_of(records), records, outcome) + "\n"
    if args.output is None:
        print(page, end="")
    else:
        arguments.write(args.output, page)
    return 0
