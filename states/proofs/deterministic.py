"""Determinism: from each state one way on."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.model import Transition
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault

RULE = "one way on"


def one_way_on(graph: Graph) -> Iterator[Fault]:
    first: dict[str, Transition] = {}
    for transition in graph.flow.transitions.values():
        source = transition.source or ""
        state = graph.flow.states[source]
        if state.resting:
            text, other = f"transition `{transition.name}` starts at `{source}`, where a run ends", source
        elif state.then is not None:
            text = f"two ways lead on from `{source}`: its `then: {state.then}` and transition `{transition.name}`"
            other = source
        elif source in first:
            text = f"two transitions lead on from `{source}`: `{first[source].name}` and `{transition.name}`"
            other = first[source].name
        else:
            first[source] = transition
            continue
        yield Fault(text, transition.place, graph.stops(source), RULE, (other,))
    for state in graph.flow.states.values():
        if state.resting and state.then is not None:
            yield Fault(f"a run ends in `{state.name}`: its `then: {state.then}` never begins", state.place, rule=RULE)
