"""What the lines and shapes of a drawing mean: one row below it."""

from __future__ import annotations

from titan_flow.states.draw.diagram import Diagram
from titan_flow.states.draw.markup import escaped, number, tag
from titan_flow.states.draw.text_width import SMALL, width

LEGEND_H = 44.0
SAMPLE, BETWEEN = 34.0, 18.0


def _entries(drawn: Diagram) -> list[tuple[str, str]]:
    """(kind of line, or nothing; the words)"""
    kinds = {line.kind for line in drawn.lines}
    told = [("forward", "path to the goal")]
    told += [("failure", "on failure")] if "failure" in kinds else []
    told += [("recovery", "recovery")] if "recovery" in kinds else []
    told += [("asks", "started by an operator")] if any(box.asked for box in drawn.boxes.values()) else []
    told += [("gate", "gate")] if any(box.shape == "gate" for box in drawn.boxes.values()) else []
    if drawn.trip is not None:
        told += [("", "✓ taken (thick)   ● here   ○ not reached")]
    if drawn.compared:
        told += [("", "+ added   − removed   ~ changed")]
    return told


def legend_width(drawn: Diagram) -> float:
    return sum(width(words, SMALL) + (SAMPLE if kind else 0.0) + BETWEEN for kind, words in _entries(drawn))


def legend(drawn: Diagram, x: float, y: float) -> str:
    """From `x` on, its line at height `y`."""
    made = list[str]()
    for kind, words in _entries(drawn):
        if kind:
            made.append(tag("g", _sample(kind, x, y), class_=kind))
            x += SAMPLE
        made.append(tag("text", escaped(words), class_="dim", x=x, y=y + 4.0))
        x += width(words, SMALL) + BETWEEN
    return "".join(made)


def _sample(kind: str, x: float, y: float) -> str:
    if kind != "gate":
        return tag("path", class_="line", d=f"M {number(x)} {number(y)} h 26")
    corners = ((0, 0), (5, -7), (21, -7), (26, 0), (21, 7), (5, 7))
    points = " ".join(f"{number(x + dx)},{number(y + dy)}" for dx, dy in corners)
    return tag("polygon", class_="outline", points=points)
