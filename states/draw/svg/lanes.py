"""Lanes: vertical tracks between two columns. Lines of one kind to one box share a lane, as trains share a track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from titan_flow.states.draw.diagram import Kind, Line

PITCH = 18.0
"""pixels between two lanes"""


@dataclass(slots=True)
class Stub:
    """From a box to its lane: at height `y`, from `x` on. `label` begins at `label_x`."""

    line: Line
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Lane:
    """`right`: its target stands at the right of it. The port is where it ends."""

    target: str
    kind: Kind
    right: bool
    stubs: list[Stub] = field(default_factory=list[Stub])
    x: float = 0.0
    port_x: float = 0.0
    port_y: float = 0.0

    @property
    def key(self) -> tuple[str, str]:
        return self.target, self.kind

    def span(self) -> tuple[float, float]:
        ys = [self.port_y, *(stub.y for stub in self.stubs)]
        return min(ys), max(ys)

    def level(self) -> list[tuple[float, bool]]:
        """Each height at which it runs across, and whether it comes from the right there."""
        return [(self.port_y, self.right), *((stub.y, stub.x > self.x) for stub in self.stubs)]


def ordered(lanes: Sequence[Lane]) -> list[Lane]:
    """From left to right, with few crossings: neighbours change places as long as that saves some."""
    row = sorted(lanes, key=lambda lane: (-lane.span()[0], lane.span()[1]))
    for _ in range(len(row)):
        moved = False
        for n in range(len(row) - 1):
            left, right = row[n], row[n + 1]
            if _cost(right, left) < _cost(left, right):
                row[n], row[n + 1], moved = right, left, True
        if not moved:
            break
    return row


def _cost(left: Lane, right: Lane) -> int:
    """Crossings of two lanes in that order."""
    crossing = sum(_in(y, right.span()) for y, from_right in left.level() if from_right)
    return crossing + sum(_in(y, left.span()) for y, from_right in right.level() if not from_right)


def _in(y: float, span: tuple[float, float]) -> bool:
    return span[0] < y < span[1]
