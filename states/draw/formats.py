"""Every drawing by the name of its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from titan_flow.states.draw import diff_diagram
from titan_flow.states.draw.as_json import json
from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.dot import dot
from titan_flow.states.draw.html.page import page
from titan_flow.states.draw.mermaid import mermaid
from titan_flow.states.draw.svg.render import picture
from titan_flow.states.draw.text import text
from titan_flow.states.draw.trip import Trip
from titan_flow.states.model import Flow


def svg(flow: Flow, trip: Trip | None = None) -> str:
    """An SVG document."""
    return picture(diagram(flow, trip))


FORMATS: Mapping[str, Callable[[Flow, Trip | None], str]] = {
    "text": text,
    "mermaid": mermaid,
    "dot": dot,
    "svg": svg,
    "html": page,
    "json": json,
}
"""By the names of `graph --format`. With a trip: the states and recoveries that a run came through, and where it is."""

DIFFS: Mapping[str, Callable[[Flow, Flow], str]] = {
    "text": diff_diagram.text,
    "mermaid": diff_diagram.mermaid,
    "svg": diff_diagram.svg,
    "html": diff_diagram.html,
    "json": diff_diagram.json,
}
"""By the names of `graph --diff --format`: the old flow, the new one."""
