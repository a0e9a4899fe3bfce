"""`titan-flow graph SPEC`: the state graph, for review."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments

FORMATS = ("text", "mermaid", "dot", "json")


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "graph", run, "draw the state graph, for review")
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    parser.add_argument("--run", metavar="RUN", help="show the way that this run took")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text (default), mermaid, dot or json")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there instead of stdout")


def run(args: argparse.Namespace) -> int:
    from titan_flow.states import draw
    from titan_flow.workflow.spec import load

    taken = _taken(args.store, args.run) if args.run is not None else []
    drawn = draw.FORMATS[args.format](load(args.spec).flow, taken).rstrip("\n") + "\n"
    if args.output is None:
        print(drawn, end="")
    else:
        arguments.write(args.output, drawn)
    return 0


def _taken(store: str | None, name: str) -> list[str]:
    """The states and recoveries that the run came through."""
    from titan_flow.states.events import FailureDecided, RunStarted, TransitionBegan, TransitionEnded
    from titan_flow.workflow.journal import open_journal

    journal = open_journal(store, write=False)
    taken = list[str]()
    for record in journal.read(journal.find(name)):
        match record.event:
            case RunStarted(state=at) | TransitionEnded(target=at) | FailureDecided(target=at):
                taken.append(at)
            case TransitionBegan(transition=edge) if edge != taken[-1]:
                taken.append(edge)
            case _:
                pass
    return taken
