"""HTML: one file with the drawing, the proofs, and what each state does; to be read without any script."""

from __future__ import annotations

from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.html.details import Panels
from titan_flow.states.draw.html.document import shell
from titan_flow.states.draw.html.proofs import proved
from titan_flow.states.draw.html.script import SCRIPT
from titan_flow.states.draw.markup import escaped, tag
from titan_flow.states.draw.svg.render import drawing
from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import stands
from titan_flow.states.model import Flow

KEYS = tag(
    "p", tag("kbd", "Tab"), " and the arrow keys go from state to state, ", tag("kbd", "Enter"), " opens one, ",
    tag("kbd", "Esc"), " returns.", class_="dim keys",
)  # fmt: skip


def page(flow: Flow, trip: Trip | None = None) -> str:
    """The whole document; no newline at the end."""
    panels = Panels(flow, trip)
    head = [tag("h1", escaped(flow.name)), tag("p", escaped(flow.about)) if flow.about else ""]
    head += [tag("p", escaped(stands(trip)))] if trip is not None else []
    graph = tag("div", drawing(diagram(flow, trip), link=panels.link, titled=False), class_="graph")
    aside = tag("div", proofs(flow), panels.all())
    body = tag("header", *head, KEYS) + tag("main", tag("div", graph, aside, class_="two"))
    return shell(f"{flow.name}: states", body, SCRIPT)


def proofs(flow: Flow) -> str:
    """A section with what is proved, or what does not hold."""
    holds, sentences = proved(flow)
    title = "Proved" if holds else "Not proved"
    mark = "✓ " if holds else "✗ "
    items = [tag("li", escaped(mark + sentence), class_=None if holds else "bad") for sentence in sentences]
    return tag(
        "section",
        tag("h2", title, id="proofs"),
        tag("ul", *items, class_="signed"),
        class_="panel",
        aria_labelledby="proofs",
    )
