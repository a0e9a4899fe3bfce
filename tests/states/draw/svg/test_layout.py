"""The drawing's structure: nothing overlaps, the way is straight and nothing crosses it, everything is there."""

from __future__ import annotations

from itertools import combinations
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import HealthCheck, given, settings

from tests.states.draw.odd import EVERYTHING, chain, flows, hostile
from tests.states.draw.seen import Seen
from tests.states.flows import titan
from tests.workflow.display import stories
from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.formats import svg
from titan_flow.states.draw.trip import trip
from titan_flow.states.edges import edges
from titan_flow.states.model import Flow, State


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


def test_a_run_is_shown_in_words_and_by_thick_lines() -> None:
    flow = stories.flow()
    drawn = svg(flow, trip(flow, stories.rolled_back().records))
    words = {word.text for word in Seen(drawn).words}
    assert {"✓ Up", "● RolledBack", "○ Verified", "✓ pull", "○ Armed", "✓ verify fails"} <= words
    assert {"3.3s, attempt 2", "failed after 4.1s", "14:02:08"} <= words
    assert "run 7Q3F: rolled back, at RolledBack · times are UTC" in words
    taken = {
        (g.get("data-source"), g.get("data-target"))
        for g in fromstring(drawn).iter("{http://www.w3.org/2000/svg}g")
        if "taken" in g.get("class", "").split()
    }
    assert ("Up", "fast_rollback") in taken and ("Reverted", "verify_rollback") in taken
    assert ("Up", "Verified") not in taken


def test_meaning_never_hangs_on_a_colour() -> None:
    """Kinds of lines differ in their dashes, kinds of states in their shapes and words; and there is a legend."""
    drawn = svg(titan())
    words = [word.text for word in Seen(drawn).words]
    for said in (
        "gate",
        "goal",
        "end state",
        "recovery",
        "destroys data",
        "interlock any",
        "armed",
        "watch 5s",
        "start",
    ):
        assert said in words
    assert {"on failure", "operator can start it", "operator only", "fails or unknown"} <= set(words)
    style = drawn[drawn.index("<style>") : drawn.index("</style>")]
    for rule in (".line.failure", ".asks>.line", ".recovery .outline"):
        assert "stroke-dasharray" in style.split(rule, 1)[1].split("}")[0]
    assert "<polygon" in drawn
    assert 'class="inner"' in drawn


def test_it_stands_alone_in_light_and_dark() -> None:
    drawn = svg(titan())
    assert "prefers-color-scheme:dark" in drawn
    assert "http" not in drawn.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "<script" not in drawn and "@import" not in drawn and "url(" not in drawn
    assert fromstring(drawn).find("{http://www.w3.org/2000/svg}desc") is not None


def test_no_name_breaks_out() -> None:
    drawn = svg(hostile())
    assert {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in fromstring(drawn).iter()} <= {
        "svg", "title", "desc", "style", "g", "path", "rect", "circle", "polygon", "text",
    }  # fmt: skip
    assert all(c.isprintable() or c == "\n" for c in drawn)


def test_long_names_are_whole_in_their_titles() -> None:
    flow = chain(6)
    long = "Name" * 30
    states = {**flow.states, long: State(long, rest=True)}
    drawn = svg(Flow(flow.name, states, flow.transitions, flow.recoveries))
    assert f"<title>{long}</title>" in drawn
    assert max(word.area.right - word.area.x for word in Seen(drawn).words if word.text.startswith("Name")) < 400
