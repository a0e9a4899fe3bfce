"""The searches that the proofs are made of: shortest paths, and an operator's edges only where nothing else leads."""

from __future__ import annotations

import pytest

from tests.states.flows import act, compose, flow, look, recovery, snapshot, titan, transition, with_state
from titan_flow.states.edges import Edge
from titan_flow.states.model import Flow, SourceLocation, State
from titan_flow.states.proofs.graph import Graph, path, search


def walked(edges: dict[str, list[tuple[str, bool]]], *starts: str) -> dict[str, str]:
    """Each position that the search comes to, with the way there; an edge that is not automatic is an operator's."""
    tree = search(
        starts,
        lambda here: (
            (Edge(f"{here}{b}", here, b, "forward" if auto else "operator"), b) for b, auto in edges.get(here, ())
        ),
    )
    return {node: "".join([*(edge.source for edge in path(tree, node)), node]) for node in tree}


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({}, {"a": "a"}),
        ({"a": [("b", True)], "b": [("c", True)]}, {"a": "a", "b": "ab", "c": "abc"}),
        ({"a": [("b", True), ("c", True)], "b": [("c", True)]}, {"a": "a", "b": "ab", "c": "ac"}),
        ({"a": [("b", True)], "b": [("a", True)]}, {"a": "a", "b": "ab"}),
        ({"a": [("a", True)]}, {"a": "a"}),
        # the operator's short cut counts only where a run does not come by itself
        ({"a": [("c", False), ("b", True)], "b": [("c", True)]}, {"a": "a", "b": "ab", "c": "abc"}),
        ({"a": [("c", False), ("b", True)]}, {"a": "a", "b": "ab", "c": "ac"}),
        ({"a": [("b", False)], "b": [("c", True)]}, {"a": "a", "b": "ab", "c": "abc"}),
    ],
)
def test_a_search_takes_the_shortest_way_and_asks_nobody_needlessly(
    edges: dict[str, list[tuple[str, bool]]], found: dict[str, str]
) -> None:
    assert walked(edges, "a") == found


def test_a_search_begins_at_every_start() -> None:
    assert walked({"b": [("c", True)]}, "a", "b") == {"a": "a", "b": "b", "c": "bc"}


def test_there_is_no_path_to_where_a_search_did_not_come() -> None:
    with pytest.raises(KeyError):
        path(search(["a"], lambda _: ()), "b")


def test_a_deleted_node_is_not_passed_and_begins_nothing() -> None:
    graph = Graph.of(titan())
    without = graph.search("Ready", without="Fetched")
    assert "Disarmed" in without and "Pulled" not in without
    assert graph.search("Fetched", without="Fetched") == {}


def test_only_an_operator_comes_to_his_own_recovery() -> None:
    graph = Graph.of(titan())
    assert "nuclear_rollback" in graph.search("Ready")
    assert "nuclear_rollback" not in graph.search("Ready", automatic=True)


def test_the_stops_along_the_way() -> None:
    graph = Graph.of(with_state(titan(), State("Lost")))
    assert graph.stops("Disarmed") == ("Ready", "Recorded", "Disarmed")
    assert graph.stops("Ready") == ("Ready",) and graph.to("Ready") == ()
    assert graph.stops("Lost") == ("Lost",) and graph.to("Lost") == ()


def placed() -> Flow:
    states = [State("A", initial=True), State("B", place=SourceLocation(2, 3)), State("C", goal=True)]
    first = transition("go", "A", "B", snapshot("go/1"), on_failure="back", line=5)
    return flow(states, [first, transition("on", "B", "C", act("on/1"), on_failure="back", line=6)],
                [recovery("back", "C", look("back/1"), on_failure="C", line=7)])  # fmt: skip


def test_the_places_of_a_path_are_named_once_each() -> None:
    graph = Graph.of(placed())
    assert graph.involved(("A", "B", "C"), ("B", "on", "nobody", "A")) == (
        ("go", SourceLocation(5, 5)),
        ("on", SourceLocation(6, 5)),
        ("B", SourceLocation(2, 3)),
    )
    assert graph.involved(("C", "A")) == (), "no edge, no place"
    assert graph.place("back") == SourceLocation(7, 5) and graph.place("A") is None


def test_whose_edge_it_is() -> None:
    graph = Graph.of(titan())
    kinds = {edge.kind: graph.owner(edge) for edge in graph.edges}
    assert kinds["watch"] is kinds["then"] is None
    assert kinds["forward"] is not None and kinds["recovery"] is not None and kinds["recovery"].recovery
    assert {edge.source for edge in Graph.of(compose()).edges} >= set(Graph.of(compose()).out)
