"""Every run ends: no dead end, no ring. Without rings every path is finite, even if every step fails forever."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from titan_flow.states.edges import Edge
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault, shown

RULE = "every run ends"
FAILING = ("failure", "unknown", "watch")


def every_run_ends(graph: Graph) -> Iterator[Fault]:
    flow = graph.flow
    sources = {transition.source for transition in flow.transitions.values()}
    for state in flow.states.values():
        if state.name in graph.reached and not state.resting and state.then is None and state.name not in sources:
            path = graph.stops(state.name)
            what = f"`{state.name}` is a dead end: no transition leaves it, and it is not an end state (`rest: true`)"
            text = f"{what}: {shown(path)}"
            yield Fault(text, state.place, path, RULE, (state.name,))
    if ring := _ring(graph, lambda edge: edge.kind in FAILING):
        yield _fault(graph, ring, "this loop never ends if every step keeps failing")
    elif ring := _ring(graph, lambda edge: edge.automatic):
        yield _fault(graph, ring, "this loop may never end")


def order(graph: Graph) -> tuple[str, ...]:
    """Every state and recovery that a run comes to by itself, each after all that lead to it. Raises CycleError."""
    reached = graph.search(graph.flow.initial.name, automatic=True)
    before = {n: [e.source for e in graph.into.get(n, ()) if e.automatic and e.source in reached] for n in reached}
    return tuple(TopologicalSorter(before).static_order())


def _ring(graph: Graph, wanted: Callable[[Edge], bool]) -> tuple[str, ...]:
    """A ring of reachable nodes, its first name again at the end; empty where there is none."""
    before = {n: [e.source for e in graph.into.get(n, ()) if wanted(e)] for n in graph.reached}
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        start = min(range(len(ring) - 1), key=lambda i: len(graph.to(ring[i])))
        return (*ring[start:-1], *ring[: start + 1])
    return ()


def _fault(graph: Graph, ring: tuple[str, ...], what: str) -> Fault:
    last = next(edge for edge in graph.out[ring[-2]] if edge.automatic and edge.target == ring[0])
    path = (*graph.stops(ring[0])[:-1], *ring)
    return Fault(f"{what}: {shown(ring)} (edge `{last.name}`)", last.place or graph.place(ring[0]), path, RULE)
