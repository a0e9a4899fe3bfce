"""`titan-flow history`: the runs that this journal knows, newest first. With a spec: `history_of_spec.py`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence

from titan_flow.states.durations import span
from titan_flow.states.listing import RunSummary
from titan_flow.states.values import Json
from titan_flow.workflow.display.event_text import OUTCOMES
from titan_flow.workflow.display.table import columns, table
from titan_flow.workflow.display.timestamp import stamp
from titan_flow.workflow.errors import UsageError
from titan_flow.workflow.journal.base import Journal
from titan_flow.workflow.journal.location import open_journal

SHOWN = 50
"""runs that a table shows where no --limit is given"""
HEAD = ("RUN", "BEGAN (UTC)", "OUTCOME", "STATE", "COMMIT", "INTERLOCK", "TOOK", "OPERATOR", "FLOW")
YIELDING = tuple(HEAD.index(name) for name in ("OPERATOR", "TOOK", "FLOW", "INTERLOCK", "STATE"))
"""what gives way where the terminal is narrow, first the least important"""


def run(args: argparse.Namespace) -> int:
    if args.releases:
        raise UsageError("--releases needs a spec: titan-flow history SPEC --releases")
    journal = open_journal(args.store, write=False)
    print_runs(journal.summaries(most=asked(args), before=before(journal, args)), args)
    return 0


def asked(args: argparse.Namespace) -> int | None:
    """How many runs to look for: one more than a table shows tells whether there are more. None: all."""
    limit: int | None = args.limit
    return limit if args.json else (limit or SHOWN) + 1


def before(journal: Journal, args: argparse.Namespace) -> str | None:
    """The run before which those began that are asked for. Raises NoSuchRun."""
    return journal.find(args.before) if args.before is not None else None


def print_runs(runs: Sequence[RunSummary], args: argparse.Namespace) -> None:
    if args.json:
        for text in _document(runs):
            print(text)
        return
    if not runs:
        print("no runs yet; start one: titan-flow run SPEC")
        return
    shown = runs[: args.limit or SHOWN]
    for line in table([HEAD, *(_cells(run) for run in shown)], columns(), YIELDING):
        print(line)
    if len(runs) > len(shown):
        spec = f"{args.spec} " if args.spec is not None else ""
        print(f"{len(shown)} runs; older ones: titan-flow history {spec}--before {shown[-1].run}")


def _document(runs: Sequence[RunSummary]) -> Iterator[str]:
    """One JSON document, a run at a time, as `json.dumps` indents it."""
    if not runs:
        yield "[]"
        return
    yield "["
    for run in runs:
        pairs = (f"    {json.dumps(name)}: {json.dumps(value)}" for name, value in _row(run).items())
        yield "  {\n" + ",\n".join(pairs) + ("\n  }" if run is runs[-1] else "\n  },")
    yield "]"


def _row(run: RunSummary) -> dict[str, Json]:
    return {
        "run": run.run,
        "flow": run.flow,
        "environment": run.environment,
        "target": run.target,
        "purpose": run.purpose,
        "commit": run.commit or None,
        "state": run.state,
        "outcome": run.outcome.value,
        "interlock": run.interlock.value,
        "operator": run.operator,
        "started": stamp(run.began),
        "updated": stamp(run.updated),
    }


def _cells(run: RunSummary) -> tuple[str, ...]:
    return (
        run.run,
        f"{run.began:%Y-%m-%d %H:%M}",
        OUTCOMES[run.outcome],
        run.state,
        run.commit[:7],
        run.interlock.value,
        span((run.updated - run.began).total_seconds()),
        run.operator,
        f"{run.flow} → {run.target}",
    )
