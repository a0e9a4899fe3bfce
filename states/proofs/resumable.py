"""Every action can be told done, or may be done twice, or is left to a person: else nobody could resume it."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault

RULE = "resumable"


def actions_are_resumable(graph: Graph) -> Iterator[Fault]:
    for edge in graph.flow.edges:
        path = graph.stops(edge.name if edge.source is None else edge.source)
        for step in edge.actions:
            if not step.told:
                text = f"`{edge.name}` acts (step `{step.id}`, {step.use}), but nothing can tell whether that was done"
                advice = "; add a done-check, or declare it idempotent or manual"
                yield Fault(text + advice, step.place or edge.place, path, RULE, (edge.name,))
