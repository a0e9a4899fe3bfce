"""Determinism: from each state one way on."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.model import Transition
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault

RULE = "deterministic"


def deterministic(graph: Graph) -> Iterator[Fault]:
    first: dict[str, Transition] = {}
    for transition in graph.flow.transitions.values():
        source = transition.source or ""
        state = graph.flow.states[source]
        if state.resting:
            text, other = f"transition `{transition.name}` starts at `{source}`, which is an end state", source
        elif state.then is not None:
            text = f"both `then: {state.then}` and transition `{transition.name}` leave `{source}`"
            other = source
        elif source in first:
            text = f"two transitions leave `{source}`: `{first[source].name}` and `{transition.name}`"
            other = first[source].name
        else:
            first[source] = transition
            continue
        yield Fault(text, transition.place, graph.stops(source), RULE, (other,))
    for state in graph.flow.states.values():
        if state.resting and state.then is not None:
            yield Fault(
                f"`{state.name}` is an end state: its `then: {state.then}` never starts", state.place, rule=RULE
            )
