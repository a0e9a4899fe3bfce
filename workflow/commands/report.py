"""`titan-flow report RUN -o FILE.html`: a run as one page, to be kept or sent."""

from __future__ import annotations

import argparse

from titan_flow.states.run import fold
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.output import write
from titan_flow.workflow.report.page import report
from titan_flow.workflow.runs.liveness import outcome_of
from titan_flow.workflow.runs.locate import flow_of, run_meant


def run(args: argparse.Namespace) -> int:
    journal = open_journal(args.store, write=False)
    records = journal.read(run_meant(journal, args.run))
    outcome, _ = outcome_of(fold(records))
    page = report(flow_of(records), records, outcome) + "\n"
    if args.output is None:
        print(page, end="")
    else:
        write(args.output, page, args.force)
    return 0
