"""Every record, with its evidence to be opened. Bounded: one value, one record, and the page as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.events import Record
from titan_flow.states.values import Json
from titan_flow.workflow.display.event_text import event_text
from titan_flow.workflow.display.terminal import visible

VALUE, WHOLE = 6_000, 1_500_000
"""letters of one piece of evidence, and of all of it"""
SHOWN = ("evidence", "outputs", "act", "args", "answers", "seen")
"""the fields of an event that are kept for whoever looks closer"""


def events(run: str, records: Sequence[Record]) -> str:
    """A table of all of them; what does not fit is named, with the command that shows it."""
    room, body = WHOLE, list[str]()
    for record in records:
        evidence = _evidence(record) if room > 0 else _elsewhere(run, record)
        room -= len(evidence)
        body.append(
            tag(
                "tr",
                tag("td", str(record.seq), class_="when"),
                tag("td", f"{record.at:%H:%M:%S}", class_="when"),
                tag("td", escaped(record.event.kind), class_="when"),
                tag("td", escaped(event_text(record.event)), evidence),
            )
        )
    head = "".join(tag("th", words, scope="col") for words in ("", "at (UTC)", "kind", ""))
    return tag("table", tag("thead", tag("tr", head)), tag("tbody", *body))


def _evidence(record: Record) -> str:
    told_of = {name: value for name in SHOWN if (value := getattr(record.event, name, None))}
    if not told_of:
        return ""
    parts = [tag("h3", escaped(name)) + _fields(value) for name, value in told_of.items()]
    return tag("details", tag("summary", escaped(", ".join(told_of))), *parts)


def _fields(value: object) -> str:
    if not isinstance(value, Mapping):
        return _value(str(value))
    fields: Mapping[str, Json] = value  # pyright: ignore[reportUnknownVariableType]
    return "".join(tag("p", escaped(name)) + _value(_text(one)) for name, one in fields.items())


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _value(text: str) -> str:
    """Lines stay lines."""
    cut = len(text) - VALUE
    kept = text if cut <= 0 else f"… {cut} letters before this are left out\n{text[-VALUE:]}"
    return "<pre>" + "\n".join(escaped(line.replace("\t", "    ")) for line in visible(kept).split("\n")) + "</pre>"


def _elsewhere(run: str, record: Record) -> str:
    step = getattr(record.event, "step", None)
    return tag("p", escaped(f"evidence: titan-flow events {run}" + (f" --step {step}" if step else "")), class_="dim")
