"""`titan-flow graph SPEC`: the state graph, for review."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from titan_flow.workflow.cli import arguments

if TYPE_CHECKING:
    from titan_flow.states.draw import Trip
    from titan_flow.states.model import Flow

FORMATS = ("text", "mermaid", "dot", "svg", "html", "json")


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "graph", run, "draw the state graph, for review")
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--run", metavar="RUN", help="show the way that this run took")
    shown.add_argument("--diff", metavar="OLD", help="show what changed since this spec")
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="text (default), mermaid, dot, svg, html, json"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there instead of stdout")


def run(args: argparse.Namespace) -> int:
    from titan_flow.states import draw
    from titan_flow.workflow.drive.ask import Refusal
    from titan_flow.workflow.spec import load

    flow = load(args.spec).flow
    if args.diff is not None:
        if args.format not in draw.DIFFS:
            raise Refusal(f"--diff has no format {args.format}; it has {', '.join(draw.DIFFS)}", code=2)
        drawn = draw.DIFFS[args.format](load(args.diff).flow, flow)
    elif args.run is not None:
        drawn = draw.FORMATS[args.format](*_run(flow, args.store, args.run))
    else:
        drawn = draw.FORMATS[args.format](flow, None)
    drawn = drawn.rstrip("\n") + "\n"
    if args.output is None:
        print(drawn, end="")
    else:
        arguments.write(args.output, drawn)
    return 0


def _run(flow: Flow, store: str | None, name: str) -> tuple[Flow, Trip]:
    """The run's trip, through the flow as it was when the run began: that is what it obeyed."""
    from titan_flow.states.draw import trip
    from titan_flow.states.run import fold
    from titan_flow.workflow.cli.finding import flow_of
    from titan_flow.workflow.drive.ask import Refusal
    from titan_flow.workflow.journal import open_journal

    journal = open_journal(store, write=False)
    records = journal.read(journal.find(name))
    theirs = fold(records).started.flow
    if theirs != flow.name:
        raise Refusal(f"run {records[0].run} is one of {theirs}, not of {flow.name}; name its spec", code=2)
    flow = flow_of(records) or flow
    return flow, trip(flow, records)
