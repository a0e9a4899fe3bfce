"""The run as rows: each transition, recovery and watch, with its time and what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.durations import span
from titan_flow.states.events import Record
from titan_flow.states.model import Flow
from titan_flow.workflow.display.row import Row
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.display.timeline import rows

LONGEST = 600
"""letters of what was seen"""
WORDS = {"done": "✓ done", "failed": "✗ failed", "now": "● under way", "parked": "? waits", "ahead": "○ ahead"}


def timeline(flow: Flow, records: Sequence[Record]) -> str:
    """A table; times are UTC, by the writer's clock."""
    head = "".join(tag("th", words, scope="col") for words in ("began", "took", "", "what", "seen"))
    body = "".join(_row(row, records) for row in rows(flow, records))
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", body))


def _row(row: Row, records: Sequence[Record]) -> str:
    seconds = row.seconds(records[-1].at)
    seen = " ".join(part for part in (row.says, row.note, row.aim if row.mark == "failed" else "") if part)
    return tag(
        "tr",
        tag("td", f"{row.began:%H:%M:%S}" if row.began is not None else "", class_="when"),
        tag("td", escaped(span(seconds)) if seconds is not None else "", class_="when"),
        tag("td", WORDS[row.mark], class_="when"),
        tag("td", escaped(row.title), class_="whole"),
        tag("td", escaped(one_line(seen, LONGEST))),
    )
