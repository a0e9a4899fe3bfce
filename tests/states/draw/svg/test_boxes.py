"""A box is as large as what stands in it, and lines end at its outline, not in the air."""

from __future__ import annotations

import pytest

from titan_flow.states.draw.diagram import LONGEST, Box
from titan_flow.states.draw.svg.boxes import PORT, SLANT, Placed, chip, sized, title
from titan_flow.states.draw.text_width import NAME, SMALL, width


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        (Box("Up"), "Up"),
        (Box("Up", mark="✓"), "✓ Up"),
        (Box("Up", mark="●", change="added"), "+ ● Up"),
        (Box("Up", change="removed"), "− Up"),
        (Box("a\x1b[2J"), "a\\x1b[2J"),
    ],
)
def test_its_title_has_the_sign_of_a_run_or_a_change(box: Box, shown: str) -> None:
    assert title(box) == shown


def test_a_long_name_is_cut_in_the_middle() -> None:
    assert len(title(Box("x" * 500))) == LONGEST


@pytest.mark.parametrize("shape", ["state", "gate"])
def test_it_is_wide_enough_for_its_widest_row(shape: str) -> None:
    rows = Box("Name" * 8), Box("A", chips=("chip one",) * 4), Box("A", notes=("a note " * 9,))
    slant = 2 * SLANT if shape == "gate" else 0.0
    for box in rows:
        made = Box(box.name, "gate" if shape == "gate" else "state", chips=box.chips, notes=box.notes)
        widest = max(width(box.name, NAME, bold=True), sum(map(chip, box.chips)), *map(_small, box.notes), 0.0)
        assert sized(made, 0).w >= widest + slant + 20


def _small(text: str) -> float:
    return width(text, SMALL)


def test_it_is_high_enough_for_its_rows_and_for_the_lines_that_meet_it() -> None:
    plain = sized(Box("A"), 0).h
    assert sized(Box("A", chips=("one",)), 0).h > plain < sized(Box("A", notes=("one",)), 0).h
    assert sized(Box("A"), 1).h == plain
    assert sized(Box("A"), 12).h >= 12 * PORT


def test_a_line_meets_the_slanted_side_of_a_gate() -> None:
    gate = Placed(Box("A", "gate"), 200.0, 60.0, 100.0, 10.0)
    assert gate.edge(False, gate.centre) == gate.x and gate.edge(True, gate.centre) == gate.right
    assert gate.edge(False, gate.y) == gate.x + SLANT and gate.edge(True, gate.bottom) == gate.right - SLANT
    assert gate.edge(True, gate.centre + 15) == gate.right - SLANT / 2


def test_a_line_meets_a_round_corner_and_a_straight_side() -> None:
    box = Placed(Box("A", "rest"), 200.0, 60.0)
    assert box.bend == 20.0
    assert box.edge(False, box.centre) == box.edge(False, box.centre + 10.0) == 0.0, "straight between the corners"
    assert box.edge(False, box.bottom) == box.bend, "the corner ends one radius inside"
    assert 0.0 < box.edge(False, box.bottom - 5.0) < box.bend
    assert box.edge(True, box.bottom + 50.0) == box.right - box.bend, "never outside of it"
