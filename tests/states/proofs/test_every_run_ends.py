"""Rings and dead ends: named with the way there; what nothing leads to is no run's trouble."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from tests.states.flows import act, flow, look, recovery, titan, transition, with_state, with_transition
from tests.states.proofs.seeded import SEEDED, edited
from titan_flow.states.model import Flow, State, Watch
from titan_flow.states.proofs.every_run_ends import every_run_ends, order
from titan_flow.states.proofs.graph import Graph


def faults(of: Flow) -> list[str]:
    return [fault.text for fault in every_run_ends(Graph.of(of))]


def test_a_flow_without_rings_has_no_fault() -> None:
    assert faults(titan()) == []


@pytest.mark.parametrize("name", ["a dead end", "a ring of failures", "a ring through a success"])
def test_it_finds_its_seeded_faults(name: str) -> None:
    bent, text, path = SEEDED[name]
    assert [(fault.text, fault.path) for fault in every_run_ends(Graph.of(bent))] == [(text, path)]


def test_a_ring_of_failures_is_told_rather_than_one_that_success_is_in() -> None:
    ring = edited(titan(), "verify_rollback", on_failure="fast_rollback", target="Reverted")
    assert len(faults(ring)) == 1
    bent = edited(ring, "fast_rollback", on_failure="fast_rollback")
    assert faults(bent) == [
        "this loop never ends if every step keeps failing: fast_rollback → fast_rollback (edge `fast_rollback`)"
    ]


def test_a_watch_that_fails_into_its_own_way_is_a_ring() -> None:
    states = [State("A", initial=True), State("B", watch=Watch(5.0, 1.0, (look("B/1"),), "A")), State("C", goal=True)]
    edges = [transition("go", "A", "B", act("go/1"), on_failure="C"), transition("on", "B", "C", on_failure="C")]
    assert faults(flow(states, edges)) == ["this loop may never end: A → B → A (edge `B`)"]


def test_what_an_operator_starts_again_and_again_is_no_ring() -> None:
    again = recovery("again", "B", act("again/1"), on_failure="B", by_operator=True)
    states = [State("A", initial=True), State("B", rest=True), State("C", goal=True)]
    record = transition("go", "A", "C", act("go/1", touches="snapshot"), on_failure="B")
    assert faults(flow(states, [record], [again])) == []


def test_a_dead_end_that_nothing_leads_to_is_not_told_here() -> None:
    lost = with_state(titan(), State("Lost"))
    assert faults(lost) == []
    assert len(faults(with_transition(lost, transition("record", "Ready", "Lost")))) == 1


def test_the_order_puts_each_after_all_that_lead_to_it() -> None:
    graph = Graph.of(titan())
    found = order(graph)
    assert set(found) == set(graph.search("Ready", automatic=True))
    for edge in graph.edges:
        if edge.automatic and edge.source in found:
            assert found.index(edge.source) < found.index(edge.target), edge


def test_a_ring_has_no_order() -> None:
    with pytest.raises(CycleError):
        order(Graph.of(edited(titan(), "verify_rollback", on_failure="fast_rollback")))
