"""Derived edges: what can lead where."""

from __future__ import annotations

from dataclasses import replace

from tests.states.flows import act, compose, recovery, titan, transition, with_recovery, with_state, with_transition
from titan_flow.states.edges import Edge, Kind, behind, edges, entries
from titan_flow.states.model import Flow, SourceLocation, State


def named(flow: Flow, kind: Kind) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in edges(flow) if edge.kind == kind}


def test_forward_and_failure_edges():
    flow = titan()
    assert named(flow, "forward") == {(t.source, t.target) for t in flow.transitions.values()}
    failures = named(flow, "failure")
    assert ("Ready", "Refused") in failures
    assert ("Recorded", "Halted") in failures
    assert ("Up", "fast_rollback") in failures
    assert ("fast_rollback", "Halted") in failures
    assert named(flow, "unknown") == {
        ("Ready", "Refused"),
        ("Recorded", "Halted"),
        ("fast_rollback", "Halted"),
        ("nuclear_rollback", "Halted"),
    }


def test_recoveries_then_and_watch():
    flow = titan()
    assert ("fast_rollback", "Reverted") in named(flow, "recovery")
    assert named(flow, "then") == {("Reverted", "verify_rollback"), ("Rebuilt", "verify_rebuild")}
    assert named(flow, "watch") == {("Armed", "fast_rollback")}
    watch = next(edge for edge in edges(flow) if edge.kind == "watch")
    assert watch == Edge("Armed", "Armed", "fast_rollback", "watch", SourceLocation(18, 20))


def test_an_operator_enters_from_every_state_behind_the_snapshot_rests_included():
    flow = titan()
    states = {source for source, target in named(flow, "operator") if target == "nuclear_rollback"}
    assert states == set(flow.states) - {"Ready", "Refused"}
    assert states == {source for source, target in named(flow, "operator") if target == "fast_rollback"}
    assert not any(target == "verify_rollback" for _, target in named(flow, "operator"))
    assert states == behind(flow)


def test_no_rollback_without_a_recorded_release():
    flow = compose()
    bare = replace(flow, transitions={**flow.transitions, "record": transition("record", "Ready", "Recorded")})
    assert behind(bare) == frozenset()
    assert not named(bare, "operator")


def test_a_recovery_stands_where_it_was_entered_from():
    flow = with_recovery(titan(), recovery("second_try", "Reverted", act("second_try/1")))
    flow = with_recovery(flow, replace(flow.recoveries["verify_rollback"], on_failure="second_try"))
    assert entries(flow)["verify_rollback"] == ("Reverted",)
    assert entries(flow)["second_try"] == ("Reverted",)
    assert "Armed" in entries(flow)["fast_rollback"]
    assert "Ready" not in entries(flow)["fast_rollback"]


def test_entering_is_transitive_also_round_a_ring():
    flow = with_recovery(
        compose(), recovery("a", "Reverted", on_failure="b"), recovery("b", "Reverted", on_failure="a")
    )
    flow = with_transition(flow, replace(flow.transitions["up"], on_failure="a"))
    assert entries(flow)["a"] == entries(flow)["b"] == ("Recorded",)


def test_nothing_leads_on_from_where_a_run_ends_or_past_a_then():
    flow = with_transition(titan(), transition("again", "Halted", "Ready"), transition("past", "Reverted", "Up"))
    assert not any(edge.name in ("again", "past") for edge in edges(flow))


def test_park_is_no_edge_and_unknown_targets_are_kept():
    flow = with_state(titan(), State("Odd", then="nobody"))
    flow = with_transition(flow, replace(flow.transitions["up"], on_failure="park"))
    assert not any(edge.target == "park" for edge in edges(flow))
    assert ("Odd", "nobody") in named(flow, "then")
