"""`titan-flow graph SPEC`: the state graph, for review."""

from __future__ import annotations

import argparse

from titan_flow.states.draw.formats import DIFFS, FORMATS
from titan_flow.states.draw.trip import Trip, trip
from titan_flow.states.model import Flow
from titan_flow.states.run import fold
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.output import write
from titan_flow.workflow.runs.locate import flow_of
from titan_flow.workflow.specfile.load import load


def run(args: argparse.Namespace) -> int:
    flow = load(args.spec).flow
    if args.diff is not None:
        if args.format not in DIFFS:
            raise UsageError(f"--diff has no format {args.format}; it has {', '.join(DIFFS)}")
        drawn = DIFFS[args.format](load(args.diff).flow, flow)
    elif args.run is not None:
        drawn = FORMATS[args.format](*_run(flow, args.store, args.run))
    else:
        drawn = FORMATS[args.format](flow, None)
    drawn = drawn.rstrip("\n") + "\n"
    if args.output is None:
        print(drawn, end="")
    else:
        write(args.output, drawn, args.force)
    return 0


def _run(flow: Flow, store: str | None, name: str) -> tuple[Flow, Trip]:
    """The run's trip, through the flow as it was when the run began: that is what it obeyed."""

    journal = open_journal(store, write=False)
    records = journal.read(journal.find(name))
    theirs = fold(records).started.flow
    if theirs != flow.name:
        raise UsageError(f"run {records[0].run} is one of {theirs}, not of {flow.name}; name its spec")
    flow = flow_of(records) or flow
    return flow, trip(flow, records)
