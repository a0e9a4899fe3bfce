"""The SVG document: shapes, words, legend, and that no name breaks out."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from tests.states.draw.odd import chain, hostile
from tests.states.draw.seen import Seen
from tests.states.flows import titan
from tests.workflow.display import stories
from titan_flow.states.draw.formats import svg
from titan_flow.states.draw.trip import trip
from titan_flow.states.model import Flow, State


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
