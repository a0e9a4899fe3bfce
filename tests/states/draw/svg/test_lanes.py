"""Lanes stand in an order in which few lines cross."""

from __future__ import annotations

from itertools import permutations

import pytest

from titan_flow.states.draw.diagram import Line
from titan_flow.states.draw.svg.lanes import Lane, Stub, ordered


def lane(target: str, port: float, *heights: float, right: bool = True) -> Lane:
    """To `target` at height `port`; its stubs come from the left."""
    stubs = [Stub(Line("from", target, "failure"), -1.0, y) for y in heights]
    return Lane(target, "failure", right, stubs, port_x=100.0, port_y=port)


def crossings(row: list[Lane]) -> int:
    """Level pieces of one lane that run through another, which stands between it and its box."""
    found = 0
    for n, one in enumerate(row):
        for m, other in enumerate(row):
            low, high = other.span()
            found += sum(low < y < high and (m > n if right else m < n) for y, right in one.level() if m != n)
    return found


def test_a_lane_reaches_from_its_highest_end_to_its_lowest() -> None:
    assert lane("A", 50.0, 10.0, 90.0).span() == (10.0, 90.0)
    assert lane("A", 50.0).span() == (50.0, 50.0)


def test_it_says_from_which_side_it_comes_at_each_height() -> None:
    assert lane("A", 50.0, 10.0).level() == [(50.0, True), (10.0, False)]
    assert lane("A", 50.0, right=False).level() == [(50.0, False)]


ROWS = [
    [lane("A", 10.0, 20.0, 30.0), lane("B", 50.0, 25.0, 60.0)],
    [lane("B", 50.0, 25.0, 60.0), lane("A", 10.0, 20.0, 30.0)],
    [lane("A", 90.0, 10.0), lane("B", 80.0, 20.0), lane("C", 70.0, 30.0)],
    [lane("A", 15.0, 10.0, 40.0), lane("B", 60.0, 20.0), lane("C", 5.0, 50.0, 70.0, right=False)],
]


@pytest.mark.parametrize("row", ROWS)
def test_no_two_neighbours_would_cross_less_the_other_way_round(row: list[Lane]) -> None:
    found = ordered(row)
    for n in range(len(found) - 1):
        swapped = [*found[:n], found[n + 1], found[n], *found[n + 2 :]]
        assert crossings(found) <= crossings(swapped)


def test_lines_that_can_be_kept_apart_do_not_cross() -> None:
    nested = [lane("A", 90.0, 10.0), lane("B", 80.0, 20.0), lane("C", 70.0, 30.0)]
    assert min(crossings([*row]) for row in permutations(nested)) == crossings(ordered(nested))


def test_the_order_does_not_depend_on_the_order_before() -> None:
    for row in ROWS:
        assert len({tuple(one.target for one in ordered([*other])) for other in permutations(row)}) == 1


def test_every_lane_stays_and_none_is_no_error() -> None:
    assert ordered([]) == []
    assert {id(one) for one in ordered(ROWS[2])} == {id(one) for one in ROWS[2]}
