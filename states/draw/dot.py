"""Graphviz: the way to the goal one straight line, failures dashed beside it. Syntax: https://graphviz.org/doc/info/lang.html"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import asked_for, clock, labels, lines, mark, passed, plain, way
from titan_flow.states.model import Flow, State

STYLES = {
    "forward": "weight=20",
    "failure": "style=dashed, arrowhead=open, weight=1",
    "recovery": "weight=5",
}


def dot(flow: Flow, trip: Trip | None = None) -> str:
    """The digraph's text; no newline at the end."""
    return "\n".join([f"digraph {_quoted(flow.name)} {{", *(f"  {line};" for line in _body(flow, trip)), "}"])


def _body(flow: Flow, trip: Trip | None) -> Iterator[str]:
    ids = {name: f"s{n}" for n, name in enumerate(flow.states)}
    ids |= {name: f"r{n}" for n, name in enumerate(flow.recoveries)}
    straight = {flow.initial.name, *(edge.target for edge in way(flow))}
    yield 'graph [rankdir=TB, fontname="sans-serif"]'
    yield 'node [shape=box, style=rounded, fontname="sans-serif"]'
    yield 'edge [fontname="sans-serif", fontsize=10]'
    for name, state in flow.states.items():
        group = ["group=way"] if name in straight else []
        said = [word for word in (*labels(state), clock(name, trip)) if word]
        yield _node(ids[name], name, said, mark(name, trip), [*_shape(state), *group])
    for name in flow.recoveries:
        said = [word for word in ("recovery", clock(name, trip)) if word]
        yield _node(ids[name], name, said, mark(name, trip), ["shape=cds", "style=dashed"])
    for source, target, label, kind in passed(lines(flow), flow, trip):
        if source in ids and target in ids:
            thick = ", penwidth=3" if trip is not None and (source, target) in trip.passed else ""
            yield f"{ids[source]} -> {ids[target]} [label={_quoted(plain(label))}, {STYLES[kind]}{thick}]"
    asked = asked_for(flow)
    if asked:
        yield _node("operator", "operator, once a release is recorded", (), "", ["shape=plaintext"])
        yield from (f'operator -> {ids[name]} [label="starts", style=dotted]' for name in asked)


def _shape(state: State) -> list[str]:
    if state.goal:
        return ["peripheries=2"]
    if state.gate:
        return ["shape=hexagon", "style=solid"]
    return ["style=solid"] if state.rest else []


def _node(id: str, name: str, said: Sequence[str], marked: str, styles: Sequence[str]) -> str:
    label = f"{marked} {plain(name)}".strip() + (f"\n({', '.join(said)})" if said else "")
    return f"{id} [{', '.join([f'label={_quoted(label)}', *styles])}]"


def _quoted(text: str) -> str:
    """A quoted string; a backslash is one only when doubled, else labels take `\\N` for the node's name."""
    lines = (plain(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n"))
    return '"' + "\\n".join(lines) + '"'
