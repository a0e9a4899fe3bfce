"""Totality: whatever can fail has a declared, legal failure edge.

Legal is a recovery, or a rest. Any other state would be entered without its evidence, and a goal by failing.
"""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.edges import PARK
from titan_flow.states.model import SourceLocation
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault

RULE = "failure edges"


def every_failure_has_an_edge(graph: Graph) -> Iterator[Fault]:
    for edge in graph.flow.edges:
        kind, at = ("recovery", edge.name) if edge.source is None else ("transition", edge.source)
        who = f"{kind} `{edge.name}`"
        if edge.steps and edge.on_failure in (None, PARK):
            what = "runs actions" if edge.acts else "runs checks"
            text = f"{who} {what} but has no `on_failure`"
            yield Fault(text, edge.place, graph.stops(at), RULE)
        yield from _illegal(graph, who, at, edge.on_failure, edge.on_unknown, edge.place)
    for state in graph.flow.states.values():
        if (watch := state.watch) is not None:
            who, place = f"the watch of `{state.name}`", watch.place or state.place
            if watch.on_failure == PARK:
                text = f"{who} has no `on_failure`"
                yield Fault(text, place, graph.stops(state.name), RULE)
            yield from _illegal(graph, who, state.name, watch.on_failure, watch.on_unknown, place)


def _illegal(
    graph: Graph, who: str, at: str, on_failure: str | None, on_unknown: str, place: SourceLocation | None
) -> Iterator[Fault]:
    for target, says in ((on_failure, "fails into"), (on_unknown, "goes on an unknown result to")):
        state = graph.flow.states.get(target or "")
        if state is not None and (state.goal or not state.rest):
            what = "is a goal" if state.goal else "only evidence may enter"
            text = f"{who} {says} `{state.name}`, which {what}: name a recovery, or a state with `rest: true`"
            yield Fault(text, place, (*graph.stops(at), state.name), RULE, (state.name,))
