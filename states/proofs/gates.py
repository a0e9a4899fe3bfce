"""The goal is reached only through its gates: delete the gate and search; a path found is the counter-example.

What was verified before a recovery no longer holds after it, so the search starts again at every recovery.
"""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.edges import Edge
from titan_flow.states.model import State
from titan_flow.states.proofs.graph import Graph, path, search
from titan_flow.states.proofs.violation import Fault, names, shown

RULE = "gates"


def goals_only_through_gates(graph: Graph) -> Iterator[Fault]:
    flow = graph.flow
    goals = [state for state in flow.states.values() if state.goal]
    recoveries = [name for name in flow.recoveries if name in graph.reached]
    for gate in (state for state in flow.states.values() if state.gate):
        forward = graph.search(flow.initial.name, without=gate.name)
        anew = graph.search(*recoveries, without=gate.name)
        for goal in goals:
            if goal is gate:
                continue
            if goal.name in forward:
                yield _fault(graph, gate, goal, (), path(forward, goal.name))
            elif goal.name in anew:
                back = path(anew, goal.name)
                yield _fault(graph, gate, goal, graph.to(back[0].source), back)


def _fault(graph: Graph, gate: State, goal: State, before: tuple[Edge, ...], way: tuple[Edge, ...]) -> Fault:
    """`before` leads to the recovery that the way around begins with, where it does not begin at the start."""
    stops = names((*before, *way), goal.name)
    why = "; a recovery invalidates what was verified before it" if before else ""
    culprit = _culprit(graph, gate, way)
    text = f"{goal.name} can be reached without {gate.name}: {shown(stops)}"
    if culprit is None:
        return Fault(text + why, goal.place, stops, RULE, (gate.name, goal.name))
    text = f"{text} (edge `{culprit.name}`){why}"
    return Fault(text, culprit.place or goal.place, stops, RULE, (gate.name, goal.name))


def _culprit(graph: Graph, gate: State, way: tuple[Edge, ...]) -> Edge | None:
    """The edge that goes around: the first one from before the gate to where its way there goes on; else the last."""
    beyond = search([gate.name], lambda node: ((e, e.target) for e in graph.out.get(node, ()) if e.kind == "forward"))
    across = (edge for edge in way if edge.source not in beyond and edge.target in beyond)
    return next(across, way[-1] if way else None)
