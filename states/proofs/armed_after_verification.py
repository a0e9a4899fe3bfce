"""What arms stands behind a gate, and whoever enters that gate has looked: nothing is armed that nobody verified."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.model import State, Transition
from titan_flow.states.proofs.gates import goals_only_through_gates
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault, names, shown

RULE = "armed after verification"


def armed_after_verification(graph: Graph) -> Iterator[Fault]:
    """Where the goal can be reached around a gate, that is told alone: it is the same mistake."""
    if next(goals_only_through_gates(graph), None) is not None:
        return
    for edge in graph.flow.transitions.values():
        if not edge.arms or edge.source not in graph.reached:
            continue
        before = [state for state in graph.flow.states.values() if state.gate and _stands_before(graph, state, edge)]
        if any(not _unseen(graph, gate) for gate in before):
            continue
        path = names(graph.to(edge.source or ""), edge.source or "")
        if not before:
            why = "without a gate before it: add `gate: true` to the state in which everything is verified"
        else:
            ways = ", ".join(f"`{way.name}`" for way in _unseen(graph, before[0]))
            why = f"after the gate {before[0].name}, but {ways} enters that gate without a check"
        yield Fault(f"`{edge.name}` arms the system {why}: {shown(path)}", edge.place, path, RULE)


def _stands_before(graph: Graph, gate: State, edge: Transition) -> bool:
    """No way leads there around it, from the start or from a recovery."""
    recoveries = [name for name in graph.flow.recoveries if name in graph.reached]
    return edge.source not in graph.search(graph.flow.initial.name, *recoveries, without=gate.name)


def _unseen(graph: Graph, gate: State) -> list[Transition]:
    """The transitions that enter it and look at nothing. (One that is `steady` in nothing is refused by the loader.)"""
    ways = [way for way in graph.flow.transitions.values() if way.target == gate.name]
    return [way for way in ways if not way.checks and not way.steady]
