"""The words that all drawings share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.states.draw.odd import at
from tests.states.flows import act, compose, flow, look, titan, transition, with_transition
from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import (
    asked_for,
    clock,
    labels,
    lines,
    mark,
    passed,
    plain,
    spent,
    stands,
    way,
    work,
)
from titan_flow.states.model import State


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State("A"), ()),
        (State("A", initial=True, gate=True), ("start", "gate")),
        (State("A", rest=True, notify=True), ("end state", "sends a notification")),
        (titan().states["Armed"], ("goal", "armed", "watch 5s")),
    ],
)
def test_what_is_special_about_a_state(state: State, said: tuple[str, ...]) -> None:
    assert labels(state) == said


@pytest.mark.parametrize(
    ("edge", "said"),
    [
        (transition("t", "A", "B"), ""),
        (transition("t", "A", "B", look("t/1")), "1 check"),
        (transition("t", "A", "B", look("t/1"), look("t/2"), act("t/3"), steady=30.0), "2 checks, 1 action, hold 30s"),
    ],
)
def test_the_work_of_an_edge_is_counted(edge: object, said: str) -> None:
    assert work(edge) == said  # type: ignore[arg-type]


def test_the_way_ends_at_the_goal_in_a_ring_and_where_nothing_is_declared() -> None:
    assert [edge.name for edge in way(compose())] == [edge.name for edge in compose().transitions.values()]
    ring = flow([State("A", initial=True), State("B")], [transition("out", "A", "B"), transition("back", "B", "A")])
    assert [edge.name for edge in way(ring)] == ["out", "back"]
    lost = flow([State("A", initial=True)], [transition("out", "A", "Nowhere"), transition("on", "Nowhere", "A")])
    assert [edge.name for edge in way(lost)] == ["out"]
    two = with_transition(titan(), transition("second", "Ready", "Armed"))
    assert way(two)[0].name == "record", "the first that is declared"


def test_recoveries_that_an_operator_can_start() -> None:
    assert set(asked_for(titan())) == {"fast_rollback", "nuclear_rollback"}


def test_failure_and_unknown_share_a_line_where_both_lead_to_the_same() -> None:
    drawn = {(a, b): (label, kind) for a, b, label, kind in lines(titan())}
    assert drawn["Ready", "Refused"] == ("fails or unknown", "failure")
    assert drawn["Up", "fast_rollback"] == ("fails", "failure")
    assert drawn["Reverted", "verify_rollback"] == ("then", "recovery")
    apart = with_transition(titan(), replace(titan().transitions["up"], on_unknown="Halted"))
    drawn = {(a, b): (label, kind) for a, b, label, kind in lines(apart)}
    assert drawn["Pulled", "Halted"] == ("unknown", "failure")


def trip() -> Trip:
    made = at("Ready", "Recorded")
    made.entered["Recorded"] = datetime(2026, 11, 24, 14, 2, 11, tzinfo=UTC)
    made.took.update(record=12.4, disarm=3.0)
    made.tries.update(record=2)
    made.failed["disarm"] = "exit 1"
    made.under_way = "fetch"
    made.passed.add(("Ready", "Recorded"))
    return made


@pytest.mark.parametrize(
    ("name", "said"),
    [("record", "12.4s, attempt 2"), ("disarm", "failed after 3s"), ("fetch", "under way"), ("pull", "")],
)
def test_how_long_an_edge_took(name: str, said: str) -> None:
    assert spent(name, trip()) == said
    assert spent(name, None) == ""


def test_lines_that_a_run_took_are_marked_and_timed() -> None:
    told = {(a, b): label for a, b, label, _ in passed(lines(titan()), titan(), trip())}
    assert told["Ready", "Recorded"] == "✓ record, 12.4s, attempt 2"
    assert told["Ready", "Refused"] == "fails or unknown", "a failure that did not happen took no time"
    assert told["Fetched", "Pulled"] == "pull"


def test_where_a_run_has_been() -> None:
    assert [mark(node, trip()) for node in ("Ready", "Recorded", "Up")] == ["✓", "●", "○"]
    assert mark("Ready", None) == ""
    assert clock("Recorded", trip()) == "14:02:11"
    assert clock("Ready", trip()) == clock("Recorded", None) == ""
    assert stands(replace(trip(), stands="rolled_back")) == "run 7Q3F: rolled back, at Recorded · times are UTC"


@pytest.mark.parametrize(
    ("text", "shown"), [("a\x1b[2Jb", "a\\x1b[2Jb"), ("a\nb", "a\\nb"), ("\u202eltr", "\\u202eltr"), ("é → ü", "é → ü")]
)
def test_nothing_unprintable_reaches_a_terminal(text: str, shown: str) -> None:
    assert plain(text) == shown
