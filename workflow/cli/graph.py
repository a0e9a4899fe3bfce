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
    else:
        trip = _trip(flow, args.store, args.run) if args.run is not None else None
        drawn = draw.FORMATS[args.format](flow, trip)
    drawn = drawn.rstrip("\n") + "\n"
    if args.output is None:
        print(drawn, end="")
    else:
        arguments.write(args.output, drawn)
    return 0


def _trip(flow: Flow, store: str | None, name: str) -> Trip:
    from titan_flow.states.draw import trip
    from titan_flow.workflow.journal import open_journal

    journal = open_journal(store, write=False)
    return trip(flow, journal.read(journal.find(name)))
