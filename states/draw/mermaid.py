"""A Mermaid `stateDiagram-v2`, which GitHub and GitLab draw in Markdown.

Names never stand for themselves: every node has an id of ours, and its name only in quoted, escaped text.
Syntax: https://mermaid.js.org/syntax/stateDiagram.html; entity codes as `flowchart.html` there has them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from titan_flow.states.draw.parts import asked_for, lines, mark, words
from titan_flow.states.model import Flow

CLASSES = {
    "goal": "stroke-width:4px",
    "gate": "stroke-width:2px,stroke-dasharray:8 2",
    "back": "stroke-dasharray:4 4",
    "taken": "font-weight:bold",
}
UNSAFE = re.compile(r"[^\w .,/()→✓●○-]")


def mermaid(flow: Flow, taken: Sequence[str] = ()) -> str:
    """The diagram's text, without a Markdown fence; no newline at the end."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _body(flow, taken))])


def _body(flow: Flow, taken: Sequence[str]) -> Iterator[str]:
    ids = {name: f"s{n}" for n, name in enumerate(flow.states)}
    ids |= {name: f"r{n}" for n, name in enumerate(flow.recoveries)}
    for name, state in flow.states.items():
        said = [word for word in words(state) if word != "start"]
        yield _node(ids[name], name, said, mark(name, taken))
    for name in flow.recoveries:
        yield _node(ids[name], name, ["recovery"], mark(name, taken))
    yield f"[*] --> {ids[flow.initial.name]}"
    for source, target, label, _ in lines(flow):
        if source in ids and target in ids:
            yield f"{ids[source]} --> {ids[target]}" + (f": {_safe(label)}" if label else "")
    asked = asked_for(flow)
    if asked:
        yield _node("operator", "an operator, once there is a way back", [], "")
        yield from (f"operator --> {ids[name]}: asks" for name in asked)
    yield from (f"{ids[state.name]} --> [*]" for state in flow.states.values() if state.resting)
    yield from (f"classDef {name} {style}" for name, style in CLASSES.items())
    yield from (f"class {ids[state.name]} goal" for state in flow.states.values() if state.goal)
    yield from (f"class {ids[state.name]} gate" for state in flow.states.values() if state.gate)
    yield from (f"class {ids[name]} back" for name in flow.recoveries)
    yield from (f"class {ids[name]} taken" for name in dict.fromkeys(taken) if name in ids)


def _node(id: str, name: str, said: Sequence[str], marked: str) -> str:
    text = f"{marked} {name}".strip() + (f" ({', '.join(said)})" if said else "")
    return f'state "{_safe(text)}" as {id}'


def _safe(text: str) -> str:
    """Anything that Mermaid or HTML could take for its own becomes an entity code; controls become spaces."""
    return UNSAFE.sub(lambda found: f"#{ord(found[0])};" if found[0].isprintable() else " ", text)
