"""How large a box must be for what stands in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from titan_flow.states.draw.diagram import LONGEST, Box
from titan_flow.states.draw.text_width import NAME, SMALL, fitted, width
from titan_flow.states.draw.vocabulary import plain

PAD, ROW, HEAD, CHIP, PORT = 14.0, 16.0, 20.0, 20.0, 22.0
SLANT = 14.0
"""how far a gate's hexagon points out"""


@dataclass(slots=True)
class Placed:
    """A box with its place: `x` and `y` are its upper left corner, `w` and `h` its size."""

    box: Box
    w: float
    h: float
    x: float = 0.0
    y: float = 0.0

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def middle(self) -> float:
        return self.x + self.w / 2

    @property
    def centre(self) -> float:
        return self.y + self.h / 2

    @property
    def bend(self) -> float:
        """The radius of its corners."""
        return min(self.h / 2, 20.0) if self.box.shape == "rest" else 8.0

    def edge(self, right: bool, y: float) -> float:
        """Where a line at that height meets its outline."""
        off, half, inset = abs(y - self.centre), self.h / 2, 0.0
        if self.box.shape == "gate":
            inset = SLANT * off / half
        elif (over := off - (half - self.bend)) > 0:
            inset = self.bend - math.sqrt(max(self.bend**2 - over**2, 0.0))
        return self.right - inset if right else self.x + inset


def title(box: Box) -> str:
    """Its name as it is shown, with the mark of a run or of a change."""
    sign = {"added": "+", "removed": "−", "changed": "~"}.get(box.change, "")
    return " ".join(part for part in (sign, box.mark, fitted(plain(box.name), LONGEST)) if part)


def chip(text: str) -> float:
    """The width of a chip."""
    return width(text, SMALL) + 14.0


def sized(box: Box, ports: int) -> Placed:
    """`ports`: lines that meet one of its sides."""
    chips = sum(chip(text) + 6.0 for text in box.chips) - 6.0
    rows = [width(title(box), NAME, bold=True), chips, *(width(note, SMALL) for note in box.notes)]
    extra = 2 * SLANT if box.shape == "gate" else 0.0
    height = 2 * 10.0 + HEAD + (CHIP + 2.0 if box.chips else 0.0) + ROW * len(box.notes)
    return Placed(box, max(128.0, max(rows) + 2 * PAD + extra), max(height, ports * PORT + 16.0))
