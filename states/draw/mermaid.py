"""A Mermaid `stateDiagram-v2`, which GitHub and GitLab draw in Markdown.

Names never stand for themselves: every node has an id of ours, and its name only in quoted, escaped text.
Syntax: https://mermaid.js.org/syntax/stateDiagram.html; entity codes as `flowchart.html` there has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from titan_flow.states.draw.diagram import Diagram
from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import asked_for, clock, labels, lines, mark, passed
from titan_flow.states.model import Flow

CLASSES = {
    "goal": "stroke-width:4px",
    "gate": "stroke-width:2px,stroke-dasharray:8 2",
    "back": "stroke-dasharray:4 4",
    "taken": "font-weight:bold",
}
CHANGED = {"": "", "added": "+", "removed": "−", "changed": "~"}
CHANGES = {
    "added": "stroke-width:4px",
    "removed": "stroke-dasharray:2 4",
    "changed": "stroke-width:2px,font-style:italic",
}
UNSAFE = re.compile(r"[^\w .,/()→✓●○-]")


def mermaid(flow: Flow, trip: Trip | None = None) -> str:
    """The diagram's text, without a Markdown fence; no newline at the end."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _body(flow, trip))])


def _body(flow: Flow, trip: Trip | None) -> Iterator[str]:
    ids = {name: f"s{n}" for n, name in enumerate(flow.states)}
    ids |= {name: f"r{n}" for n, name in enumerate(flow.recoveries)}
    for name, state in flow.states.items():
        said = [word for word in (*labels(state), clock(name, trip)) if word not in ("start", "")]
        yield _node(ids[name], name, said, mark(name, trip))
    for name in flow.recoveries:
        said = [word for word in ("recovery", clock(name, trip)) if word]
        yield _node(ids[name], name, said, mark(name, trip))
    yield f"[*] --> {ids[flow.initial.name]}"
    for source, target, label, _ in passed(lines(flow), flow, trip):
        if source in ids and target in ids:
            yield f"{ids[source]} --> {ids[target]}" + (f": {_safe(label)}" if label else "")
    asked = asked_for(flow)
    if asked:
        yield _node("operator", "operator, once a release is recorded", [], "")
        yield from (f"operator --> {ids[name]}: starts" for name in asked)
    yield from (f"{ids[state.name]} --> [*]" for state in flow.states.values() if state.resting)
    yield from (f"classDef {name} {style}" for name, style in CLASSES.items())
    yield from (f"class {ids[state.name]} goal" for state in flow.states.values() if state.goal)
    yield from (f"class {ids[state.name]} gate" for state in flow.states.values() if state.gate)
    yield from (f"class {ids[name]} back" for name in flow.recoveries)
    yield from (
        f"class {ids[name]} taken" for name in dict.fromkeys(trip.nodes if trip is not None else ()) if name in ids
    )


def sketch(drawn: Diagram) -> str:
    """Two flows compared: `+` what was added, `−` what was taken away, `~` what is not as it was."""
    ids = {name: f"n{n}" for n, name in enumerate(drawn.boxes)}
    rows = [_node(ids[name], name, box.chips, CHANGED[box.change]) for name, box in drawn.boxes.items()]
    for line in drawn.lines:
        said = " ".join(part for part in (CHANGED[line.change], line.label, *line.notes[1:]) if part)
        rows.append(f"{ids[line.source]} --> {ids[line.target]}" + (f": {_safe(said)}" if said else ""))
    rows += [f"classDef {name} {style}" for name, style in CHANGES.items()]
    rows += [f"class {ids[name]} {box.change}" for name, box in drawn.boxes.items() if box.change]
    return "\n".join(["stateDiagram-v2", *(f"    {row}" for row in rows)])


def _node(id: str, name: str, said: Sequence[str], marked: str) -> str:
    text = f"{marked} {name}".strip() + (f" ({', '.join(said)})" if said else "")
    return f'state "{_safe(text)}" as {id}'


def _safe(text: str) -> str:
    """Anything that Mermaid or HTML could take for its own becomes an entity code; controls become spaces."""
    return UNSAFE.sub(lambda found: f"#{ord(found[0])};" if found[0].isprintable() else " ", text)
