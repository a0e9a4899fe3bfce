"""Every state and every recovery can be reached from the initial state."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault, listed

RULE = "reachable"


def everything_is_reached(graph: Graph) -> Iterator[Fault]:
    flow = graph.flow
    for state in flow.states.values():
        if state.name not in graph.reached:
            text = f"state `{state.name}` cannot be reached from {flow.initial.name}: {_why(graph, state.name)}"
            yield Fault(text, state.place, rule=RULE, also=_before(graph, state.name))
    for recovery in flow.recoveries.values():
        if recovery.name not in graph.reached:
            why = _why(graph, recovery.name)
            if recovery.by_operator and recovery.name not in graph.into:
                why = "an operator can start it only after a release is recorded, and no transition records one"
            text = f"recovery `{recovery.name}` can never begin: {why}"
            yield Fault(text, recovery.place, rule=RULE, also=_before(graph, recovery.name))


def _before(graph: Graph, node: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(edge.source for edge in graph.into.get(node, ()) if edge.source != node))


def _why(graph: Graph, node: str) -> str:
    before = _before(graph, node)
    if not before:
        return "nothing leads there"
    return f"only {listed(before)} lead{'s' * (len(before) == 1)} there, and cannot be reached either"
