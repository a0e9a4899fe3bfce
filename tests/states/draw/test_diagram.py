"""What is to be drawn of a flow, before it has a place: boxes, lines, the words on them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.states.draw.odd import at, hostile
from tests.states.flows import compose, flow, titan, transition, with_state, with_transition
from titan_flow.states.draw.diagram import LONGEST, diagram
from titan_flow.states.model import State


@pytest.mark.parametrize(
    ("name", "shape", "chips", "asked"),
    [
        ("Ready", "state", ("start", "interlock any"), ""),
        ("Up", "state", ("disarmed",), ""),
        ("Verified", "gate", ("gate", "disarmed"), ""),
        ("Armed", "goal", ("goal", "watch 5s", "armed"), ""),
        ("Halted", "rest", ("end state", "sends a notification", "interlock any"), ""),
        ("fast_rollback", "recovery", ("recovery",), "operator can start it"),
        ("verify_rollback", "recovery", ("recovery",), ""),
        ("nuclear_rollback", "recovery", ("recovery", "destroys data"), "operator only"),
    ],
)
def test_a_box_says_what_its_state_is(name: str, shape: str, chips: tuple[str, ...], asked: str) -> None:
    box = diagram(titan()).boxes[name]
    assert (box.shape, box.chips, box.asked) == (shape, chips, asked)


def test_a_flow_without_an_interlock_names_none() -> None:
    assert not {"disarmed", "interlock any"} & {chip for box in diagram(compose()).boxes.values() for chip in box.chips}


@pytest.mark.parametrize(
    ("source", "target", "kind", "label"),
    [
        ("Fetched", "Pulled", "forward", "pull"),
        ("Ready", "Refused", "failure", "record fails or unknown"),
        ("Armed", "fast_rollback", "failure", "watch fails"),
        ("fast_rollback", "Halted", "failure", "fails or unknown"),
        ("Reverted", "verify_rollback", "recovery", "then"),
        ("fast_rollback", "Reverted", "recovery", ""),
    ],
)
def test_edges_between_the_same_two_boxes_share_a_line(source: str, target: str, kind: str, label: str) -> None:
    found = [line for line in diagram(titan()).lines if (line.source, line.target) == (source, target)]
    assert [(line.kind, line.label) for line in found] == [(kind, label)]


def test_what_an_operator_may_start_from_nearly_everywhere_is_no_line() -> None:
    assert "nuclear_rollback" not in {line.target for line in diagram(titan()).lines}


def test_the_spine_goes_as_far_as_a_run_can() -> None:
    assert diagram(titan()).spine == (
        "Ready", "Recorded", "Disarmed", "Fetched", "Pulled", "Up", "Verified", "Armed",
    )  # fmt: skip
    ring = with_transition(titan(), replace(titan().transitions["pull"], target="Recorded"))
    assert diagram(ring).spine == ("Ready", "Recorded", "Disarmed", "Fetched")


def test_a_line_to_what_is_not_declared_is_left_out() -> None:
    bent = with_transition(titan(), replace(titan().transitions["up"], target="Nowhere", on_failure="nobody"))
    drawn = diagram(bent)
    assert not [line for line in drawn.lines if {line.source, line.target} & {"Nowhere", "nobody"}]
    assert drawn.spine[-1] == "Pulled"


def test_only_the_lines_that_a_run_took_are_taken() -> None:
    trip = at("Ready", "Recorded", "Disarmed", "fast_rollback")
    trip.passed |= {("Ready", "Recorded"), ("Recorded", "Disarmed"), ("Disarmed", "fast_rollback")}
    trip.asked.add("fast_rollback")
    drawn = diagram(titan(), trip)
    assert {(line.source, line.target) for line in drawn.lines if line.taken} == trip.passed
    assert (drawn.boxes["Ready"].mark, drawn.boxes["Armed"].mark) == ("✓", "○")
    assert drawn.boxes["fast_rollback"].asked == "started by an operator"
    assert "at fast_rollback" in drawn.caption


def test_a_long_or_hostile_name_is_short_and_printable_on_its_line() -> None:
    labels = [line.label for line in diagram(hostile()).lines if line.kind == "forward"]
    assert labels and all(label.isprintable() and len(label) <= LONGEST for label in labels)
    states = [State("A", initial=True), State("B", goal=True)]
    drawn = diagram(flow(states, [transition("u" * 200, "A", "B")]))
    assert [len(line.label) for line in drawn.lines if line.kind == "forward"] == [LONGEST]


def test_a_state_that_nothing_leads_to_is_drawn_too() -> None:
    drawn = diagram(with_state(titan(), State("Lost", about="why")))
    assert drawn.boxes["Lost"].about == "why"
