"""`titan-flow report RUN`: a run as one page, to keep or to send."""

from __future__ import annotations

import argparse
import sys

from titan_flow.states.run import fold
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.output import write
from titan_flow.workflow.report.page import report
from titan_flow.workflow.runs.liveness import outcome_of
from titan_flow.workflow.runs.locate import flow_of, run_meant


def run(args: argparse.Namespace) -> int:
    journal = open_journal(args.store, write=False)
    records = journal.read(run_meant(journal, args.run, adapters()))
    outcome, _ = outcome_of(fold(records), adapters(), journal.learned(records[0].run))
    page = report(flow_of(fold(records), adapters()), records, outcome) + "\n"
    if args.output == "-":
        print(page, end="")
        return 0
    path = args.output or f"{records[0].run}.html"
    write(path, page, args.force)
    print(f"wrote {path}", file=sys.stderr)
    return 0
