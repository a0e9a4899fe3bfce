"""`titan-flow graph SPEC`: the state graph, for review."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from titan_flow.states.draw.formats import DIFFS, FORMATS
from titan_flow.states.draw.text import text
from titan_flow.states.draw.trip import Trip, trip
from titan_flow.states.model import Flow
from titan_flow.states.run import fold
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.layout import terminal
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.output import write
from titan_flow.workflow.runs.locate import flow_of
from titan_flow.workflow.specfile.load import load

BY_SUFFIX = {
    ".svg": "svg",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "text",
}
"""formats by the end of the file's name"""


def run(args: argparse.Namespace) -> int:
    flow, form = load(args.spec, adapters()).flow, _format(args.format, args.output)
    if args.diff is not None:
        if form not in DIFFS:
            raise UsageError(f"--diff has no format {form}; it has {', '.join(DIFFS)}")
        drawn = DIFFS[form](load(args.diff, adapters()).flow, flow)
    elif args.run is not None:
        drawn = FORMATS[form](*_run(flow, args.store, args.run))
    elif form == "text" and args.output is None:
        drawn = text(flow, columns=terminal(sys.stdout, 0))
    else:
        drawn = FORMATS[form](flow, None)
    drawn = drawn.rstrip("\n") + "\n"
    if args.output is None:
        print(drawn, end="")
    else:
        write(args.output, drawn, args.force)
    return 0


def _format(named: str | None, output: str | None) -> str:
    """The format that was named, else the one that the file's name ends in, else text. Raises UsageError."""
    if named is not None:
        return named
    suffix = Path(output or "").suffix.lower()
    found = BY_SUFFIX.get(suffix)
    if found is None and suffix:
        known = ", ".join(BY_SUFFIX)
        raise UsageError(f"{output}: no format is known for {suffix} ({known}); name one: --format {'|'.join(FORMATS)}")
    return found or "text"


def _run(flow: Flow, store: str | None, name: str) -> tuple[Flow, Trip]:
    """The run's trip, through the flow as it was when the run began: that is what it obeyed."""

    journal = open_journal(store, write=False)
    records = journal.read(journal.find(name))
    run = fold(records)
    theirs = run.started.flow
    if theirs != flow.name:
        raise UsageError(f"run {run.id} belongs to flow {theirs}, not to {flow.name}; name its spec")
    flow = flow_of(run, adapters()) or flow
    return flow, trip(flow, records)
