"""`titan-flow events RUN`: every event of a run, with its evidence."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from titan_flow.states.events import Record
from titan_flow.states.values import Json
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.event_log import line_of
from titan_flow.workflow.display.excerpts import excerpts
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.history import copy


def run(args: argparse.Namespace) -> int:
    journal = open_journal(args.store, write=False)
    if args.spec is None:
        run = journal.find(args.run)
        events = journal.stream(run)
    else:
        records, lines = copy(journal, args.run, args.spec, adapters())
        run, events = records[0].run, zip(records, lines, strict=False)
    steps, found = set[str](), args.step is None
    for record, line in events:
        if args.step is not None and not _about(record, args.step):
            steps |= {step} if isinstance(step := getattr(record.event, "step", None), str) else set()
            continue
        found = True
        for text in [line] if args.json else _text(record, whole=args.step is not None):
            print(text)
    if not found:
        raise NoSuchRun(f"run {run} has no step {args.step}; it has: {', '.join(sorted(steps)) or 'none'}")
    return 0


def _about(record: Record, step: str) -> bool:
    """The step's own events, and the samples and failures that it is part of."""
    event = record.event
    answers: dict[str, object] = getattr(event, "answers", {})
    return getattr(event, "step", None) == step or step in answers


def _text(record: Record, whole: bool) -> Iterator[str]:
    yield line_of(record)
    evidence: dict[str, Json] = getattr(record.event, "evidence", {})
    if not evidence:
        return
    if whole:
        yield from _all(evidence)
    else:
        yield from (f"    {line}" for line in excerpts(evidence))


def _all(evidence: dict[str, Json]) -> Iterator[str]:
    for name, value in evidence.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        yield f"    {visible(name)}:"
        yield from (f"      {line}" for line in visible(text).splitlines())
