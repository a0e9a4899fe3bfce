"""Drawings of a flow, and of the path that a run took. Meaning is in words and shapes, never in colour alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from titan_flow.states.draw.dot import dot
from titan_flow.states.draw.json import json
from titan_flow.states.draw.mermaid import mermaid
from titan_flow.states.draw.text import text
from titan_flow.states.model import Flow

__all__ = ["FORMATS", "dot", "json", "mermaid", "text"]

FORMATS: Mapping[str, Callable[[Flow, Sequence[str]], str]] = {
    "text": text,
    "mermaid": mermaid,
    "dot": dot,
    "json": json,
}
"""By the names of `graph --format`. `taken` are the states and recoveries that a run came through, the last is where
it stands; empty draws the flow alone."""
