"""Drawings of a flow, of the path that a run took, of what a change does. Meaning is in words, shapes and line styles,
never in colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.dot import dot
from titan_flow.states.draw.json import json
from titan_flow.states.draw.mermaid import mermaid
from titan_flow.states.draw.text import text
from titan_flow.states.draw.trip import Trip, trip
from titan_flow.states.model import Flow

__all__ = ["DIFFS", "FORMATS", "Trip", "dot", "html", "json", "mermaid", "svg", "text", "trip"]


def svg(flow: Flow, trip: Trip | None = None) -> str:
    """An SVG document."""
    from titan_flow.states.draw.picture import picture

    return picture(diagram(flow, trip))


def html(flow: Flow, trip: Trip | None = None) -> str:
    """A page of its own: the drawing, the proofs, each state's steps."""
    from titan_flow.states.draw import page

    return page.page(flow, trip)


FORMATS: Mapping[str, Callable[[Flow, Trip | None], str]] = {
    "text": text,
    "mermaid": mermaid,
    "dot": dot,
    "svg": svg,
    "html": html,
    "json": json,
}
"""By the names of `graph --format`. With a trip: the states and recoveries that a run came through, and where it is."""


def _diff(name: str) -> Callable[[Flow, Flow], str]:
    """Loaded when it is asked for."""

    def drawn(old: Flow, new: Flow) -> str:
        from titan_flow.states.draw import compared

        made: Callable[[Flow, Flow], str] = getattr(compared, name)
        return made(old, new)

    return drawn


DIFFS: Mapping[str, Callable[[Flow, Flow], str]] = {
    name: _diff(name) for name in ("text", "mermaid", "svg", "html", "json")
}
"""By the names of `graph --diff --format`: the old flow, the new one."""
