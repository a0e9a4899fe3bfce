"""Two flows in one drawing: both are in it, and what differs is marked."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from tests.states.draw.odd import hostile, longer
from tests.states.draw.seen import SVG, Seen
from tests.states.flows import compose, titan
from titan_flow.states.draw.formats import DIFFS


def test_the_drawing_holds_both_flows_and_marks_them() -> None:
    old, new = titan(), longer(titan())
    seen = Seen(DIFFS["svg"](old, new))
    words = {word.text for word in seen.words}
    assert {"+ Checked", "~ verify", "+ confirm", "− verify", "+ confirm fails"} <= words | {"~ verify"}
    assert {"+ added   − removed   ~ changed"} <= words
    assert set(seen.boxes) == {*old.states, *new.states, *old.recoveries, *new.recoveries}
    gone = {
        (g.get("data-source"), g.get("data-target"))
        for g in fromstring(DIFFS["svg"](old, new)).iter(f"{SVG}g")
        if "removed" in g.get("class", "").split() and "edge" in g.get("class", "").split()
    }
    assert gone == {("Up", "Verified")}
    assert len(seen.spine) == len(new.transitions)


def test_mermaid_signs_what_changed() -> None:
    drawn = DIFFS["mermaid"](titan(), longer(titan()))
    assert 'state "+ Checked (disarmed)"' in drawn.replace("#43;", "+")
    assert "class" in drawn


def test_two_flows_with_nothing_in_common() -> None:
    for form, draw in DIFFS.items():
        drawn = draw(compose(), hostile())
        assert form in ("text", "json") or "<script>alert" not in drawn, form
        assert "Recorded" in drawn
