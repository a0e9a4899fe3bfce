"""Two specs in one drawing: what was taken away stands beside what is there now, marked in words and line styles."""

from __future__ import annotations

from dataclasses import replace
from json import dumps

from titan_flow.states.draw.diagram import Box, Diagram, Line, diagram
from titan_flow.states.draw.diff import SIGNS, Change, changes, shown
from titan_flow.states.draw.html.details import Panels
from titan_flow.states.draw.html.document import shell
from titan_flow.states.draw.html.page import KEYS, proofs
from titan_flow.states.draw.html.script import SCRIPT
from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.draw.mermaid import sketch
from titan_flow.states.draw.svg.render import drawing, picture
from titan_flow.states.draw.text_width import fitted
from titan_flow.states.draw.vocabulary import plain
from titan_flow.states.model import Flow
from titan_flow.states.values import Json

MOST, LONGEST = 3, 44
"""lines about a change in the drawing itself, and letters of each"""


def text(old: Flow, new: Flow) -> str:
    return shown(changes(old, new), new.name)


def mermaid(old: Flow, new: Flow) -> str:
    return sketch(compared(old, new))


def svg(old: Flow, new: Flow) -> str:
    return picture(compared(old, new))


def json(old: Flow, new: Flow) -> str:
    """`{"old", "new", "changes": [{"sign", "kind", "name", "says"}]}`"""
    found: list[Json] = [
        {"sign": one.sign, "kind": one.kind, "name": one.name, "says": [*one.says]} for one in changes(old, new)
    ]
    return dumps({"old": old.name, "new": new.name, "changes": found}, indent=2, ensure_ascii=False)


def html(old: Flow, new: Flow) -> str:
    """The page of the new flow, with the list of changes first; what was taken away is in the drawing only."""
    drawn, panels = compared(old, new), Panels(new)
    graph = tag("div", drawing(drawn, link=panels.link, titled=False), class_="graph")
    aside = tag("div", _listed(changes(old, new)), proofs(new), panels.all())
    head = tag("header", tag("h1", escaped(new.name)), tag("p", escaped(drawn.caption)), KEYS)
    return shell(f"{new.name}: changes", head + tag("main", tag("div", graph, aside, class_="two")), SCRIPT)


def _listed(found: tuple[Change, ...]) -> str:
    items = [
        tag(
            "li",
            tag("span", SIGNS[one.sign], class_="sign", aria_label=one.sign),
            f"{escaped(one.kind)} <b>{escaped(one.name)}</b>",
            tag("ul", *(tag("li", escaped(text)) for text in one.says)) if one.says else "",
            class_=one.sign,
        )
        for one in found
    ]
    inside = tag("ul", *items, class_="signed") if items else tag("p", "no change that affects a run")
    return tag("section", tag("h2", "Changed", id="changes"), inside, class_="panel", aria_labelledby="changes")


def compared(old: Flow, new: Flow) -> Diagram:
    """The union of both diagrams; its way is the new one's."""
    found, before, after = changes(old, new), diagram(old), diagram(new)
    edited = {(one.kind, one.name): one for one in found if one.sign == "changed"}
    boxes = {name: _box(box, before, edited) for name, box in after.boxes.items()}
    gone = [name for name in before.boxes if name not in after.boxes]
    boxes |= {name: replace(before.boxes[name], change="removed", initial=False) for name in gone}
    kept = {line.key for line in after.lines}
    was = {line.key for line in before.lines}
    lines = [_line(line, was, new, edited) for line in after.lines]
    lines += [replace(line, change="removed", notes=()) for line in before.lines if line.key not in kept]
    counts = [f"{sum(one.sign == sign for one in found)} {sign}" for sign in SIGNS]
    caption = f"what changed: {', '.join(counts)}" if found else "nothing changed that a run would notice"
    return Diagram(new.name, caption, boxes, tuple(lines), after.spine, compared=True)


def _box(box: Box, before: Diagram, edited: dict[tuple[str, str], Change]) -> Box:
    if box.name not in before.boxes:
        return replace(box, change="added")
    kind = "recovery" if box.shape == "recovery" else "state"
    one = edited.get((kind, box.name))
    return box if one is None else replace(box, change="changed", notes=(*box.notes, *_notes(one)))


def _line(line: Line, was: set[tuple[str, str, str]], new: Flow, edited: dict[tuple[str, str], Change]) -> Line:
    if line.key not in was:
        return replace(line, change="added")
    names = (name for name, edge in new.transitions.items() if (edge.source, edge.target) == (line.source, line.target))
    one = next((edited[("transition", name)] for name in names if ("transition", name) in edited), None)
    if line.kind != "forward" or one is None:
        return line
    return replace(line, change="changed", notes=(*line.notes, *_notes(one)))


def _notes(one: Change) -> tuple[str, ...]:
    told = tuple(fitted(plain(text), LONGEST) for text in one.says[:MOST])
    more = len(one.says) - MOST
    return (*told, f"and {more} more") if more > 0 else told
