"""Paths lead where they should: each begins at its box, bends within its room, and leaves a gap where it is crossed."""

from __future__ import annotations

import re

import pytest

from titan_flow.states.draw.diagram import Line
from titan_flow.states.draw.svg.lanes import Lane, Stub
from titan_flow.states.draw.svg.paths import GAP, TIP, corner, crossed, stub, tip, trunk, whole

LINE = Line("A", "B", "failure")


def lane(*heights: float, port: float = 100.0, x: float = 50.0, port_x: float = 90.0) -> Lane:
    return Lane("B", "failure", port_x > x, [Stub(LINE, 0.0, y) for y in heights], x, port_x, port)


def points(path: str) -> list[tuple[float, float]]:
    """Where the pen is after each command."""
    x = y = 0.0
    found = list[tuple[float, float]]()
    for kind, text in re.findall(r"([MLVHQ])([^MLVHQZ]*)", path):
        numbers = [float(one) for one in text.split()]
        if kind == "H":
            x = numbers[-1]
        elif kind == "V":
            y = numbers[-1]
        else:
            x, y = numbers[-2:]
        found.append((x, y))
    return found


@pytest.mark.parametrize("height", [20.0, 180.0, 99.0, 100.0])
@pytest.mark.parametrize("port_x", [90.0, 10.0])
def test_one_stroke_leads_from_box_to_box(height: float, port_x: float) -> None:
    one = lane(height, port_x=port_x)
    way = points(whole(one, one.stubs[0]))
    assert way[0] == (0.0, height)
    assert way[-1] == (port_x - TIP if port_x > 50.0 else port_x + TIP, 100.0)
    low, high = sorted((height, 100.0))
    assert all(low <= y <= high for _, y in way), "it never overshoots"


def test_a_stub_ends_in_its_lane() -> None:
    one = lane(20.0, 100.0)
    first, level = one.stubs
    assert points(stub(one, first))[-1] == (50.0, 29.0)
    assert points(stub(one, level)) == [(0.0, 100.0), (50.0, 100.0)]


def test_a_bend_is_no_larger_than_half_of_its_room() -> None:
    one = lane(96.0)
    assert points(stub(one, one.stubs[0]))[-1] == (50.0, 98.0)


def test_a_trunk_comes_from_above_and_below_into_its_box() -> None:
    one = lane(20.0, 180.0)
    ends = points(trunk(one, ()))
    assert {(50.0, 29.0), (50.0, 171.0)} <= set(ends) and ends[-1] == (82.0, 100.0)
    assert corner(one).count("Q") == 2
    assert corner(lane(100.0)) == "" and points(trunk(lane(100.0), ())) == [(50.0, 100.0), (82.0, 100.0)]


@pytest.mark.parametrize(("height", "gap"), [(60.0, True), (22.0, False), (99.0, False), (300.0, False)])
def test_a_crossing_leaves_a_gap_except_in_a_bend(height: float, gap: bool) -> None:
    ends = points(trunk(lane(20.0), (height,)))
    assert ((50.0, height - GAP) in ends and (50.0, height + GAP) in ends) == gap


def test_what_crosses_a_lane() -> None:
    one, beside, beyond = lane(20.0), lane(60.0, port=70.0, x=70.0), lane(40.0, port=45.0, x=30.0)
    assert crossed(one, [one, beside, beyond]) == [60.0, 45.0]
    assert crossed(one, [one]) == []


@pytest.mark.parametrize(("towards", "back"), [((1.0, 0.0), (-1, 0)), ((-1.0, 0.0), (1, 0)), ((0.0, 1.0), (0, -1))])
def test_an_arrow_points_where_the_line_goes(towards: tuple[float, float], back: tuple[int, int]) -> None:
    head, *tail = points(tip(5.0, 5.0, towards))
    assert head == (5.0, 5.0) and len(tail) == 2
    for x, y in tail:
        assert (x - 5.0) * back[0] + (y - 5.0) * back[1] > 0, "the tail is behind the head"
