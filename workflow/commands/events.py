"""`titan-flow show RUN`: every event of a run, with its evidence."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from titan_flow.states.events import Record
from titan_flow.states.values import Json
from titan_flow.workflow.display.event_log import line_of
from titan_flow.workflow.display.excerpts import excerpts
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.journal.errors import NoSuchRun
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.runs.history import copy


def run(args: argparse.Namespace) -> int:

    journal = open_journal(args.store, write=False)
    if args.spec is None:
        name = journal.find(args.run)
        records, lines = journal.read(name), journal.lines(name)
    else:
        records, lines = copy(journal, args.run, args.spec)
    if args.step is not None:
        _known(records, args.step)
    for record, line in zip(records, lines, strict=False):
        if args.step is not None and not _about(record, args.step):
            continue
        if args.json:
            print(line)
            continue
        for text in _told(record, whole=args.step is not None):
            print(text)
    return 0


def _about(record: Record, step: str) -> bool:
    """The step's own events, and the samples and failures that it is part of."""
    event = record.event
    answers: dict[str, object] = getattr(event, "answers", {})
    return getattr(event, "step", None) == step or step in answers


def _known(records: list[Record], step: str) -> None:

    if any(_about(record, step) for record in records):
        return
    steps = sorted({str(found) for record in records if (found := getattr(record.event, "step", None))})
    run = records[0].run
    raise NoSuchRun(f"run {run} has no step {step}; it has: {', '.join(steps) or 'none'}")


def _told(record: Record, whole: bool) -> Iterator[str]:

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
