"""The drawing's structure: nothing overlaps, the way is straight and nothing crosses it, everything is there."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.states.draw.odd import EVERYTHING, flows
from tests.states.draw.seen import Seen
from tests.workflow.display import stories
from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.formats import svg
from titan_flow.states.draw.trip import trip
from titan_flow.states.edges import edges
from titan_flow.states.model import Flow


def sound(flow: Flow, seen: Seen) -> None:
    """Everything that must be true of any drawing."""
    boxes = seen.boxes
    for (one, a), (other, b) in combinations(boxes.items(), 2):
        assert not a.meets(b, apart=10), f"{one!r} and {other!r} overlap"
    way = [boxes[spelt(name)] for name in diagram(flow).spine]
    assert len({(area.x, area.right) for area in way}) == 1
    assert [area.y for area in way] == sorted(area.y for area in way)
    assert len({piece.area.x for piece in seen.spine}) <= 1
    assert len(seen.spine) == len(way) - 1
    for piece in seen.pieces:
        if piece in seen.spine:
            continue
        assert not any(piece.area.meets(spine.area) for spine in seen.spine), piece
        for name, area in boxes.items():
            inside = area.shrunk(1.5, sideways=21) if name in piece.ends or "trunk" in piece.kinds else area.shrunk(1)
            assert not piece.area.meets(inside), f"{piece} runs through {name!r}"
    for one, other in combinations(seen.words, 2):
        assert not one.area.meets(other.area), f"{one} and {other} overlap"
    for word in seen.words:
        assert word.area.x >= 0 and word.area.right <= seen.page.right + 0.5, word
        assert word.area.y >= 0 and word.area.bottom <= seen.page.bottom, word
        for piece in seen.pieces:
            assert not piece.area.meets(word.area), f"{piece} runs through {word}"


def whole(flow: Flow, seen: Seen) -> None:
    """Every state, every edge."""
    known = {*flow.states, *flow.recoveries}
    kinds = {"forward": "forward", "recovery": "recovery", "then": "recovery"}
    wanted = {
        (edge.source, edge.target, kinds.get(edge.kind, "failure"))
        for edge in edges(flow)
        if edge.automatic and {edge.source, edge.target} <= known
    }
    asked = {(None, edge.target, "operator") for edge in edges(flow) if not edge.automatic}
    assert {spelt(name) for name in known} == set(seen.boxes)
    assert {(a and spelt(a), spelt(b), kind) for a, b, kind in wanted | asked} == seen.edges


def spelt(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


@pytest.mark.parametrize("flow", EVERYTHING, ids=lambda flow: flow.name[:12])
def test_nothing_overlaps_and_nothing_crosses_the_way(flow: Flow) -> None:
    seen = Seen(svg(flow))
    sound(flow, seen)
    whole(flow, seen)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(flows())
def test_the_same_of_any_flow(flow: Flow) -> None:
    seen = Seen(svg(flow))
    if len({spelt(name) for name in (*flow.states, *flow.recoveries)}) == len(flow.states) + len(flow.recoveries):
        sound(flow, seen)
        whole(flow, seen)


@pytest.mark.parametrize(
    "story", [stories.reached, stories.rolled_back, stories.halted, stories.parked, stories.holding]
)
def test_the_same_with_a_run(story: object) -> None:
    assert callable(story)
    flow, told = stories.flow(), story()
    assert isinstance(told, stories.Story)
    sound(flow, Seen(svg(flow, trip(flow, told.records))))
