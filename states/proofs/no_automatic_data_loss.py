"""No edge that the tool takes by itself leads into an action that restores, drops or overwrites data."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.edges import FAST
from titan_flow.states.model import Step, Transition
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault, shown

RULE = "no automatic data loss"
ADVICE = "only a recovery with `by: operator` may do that"


def no_automatic_data_loss(graph: Graph) -> Iterator[Fault]:
    for edge in graph.flow.edges:
        step = next((step for step in edge.steps if step.destroys), None)
        if step is None:
            continue
        if edge.source is not None:
            path = graph.stops(edge.source)
            text = f"{_what(edge, step)}, and runs automatically: {shown(path)}; {ADVICE}"
            yield Fault(text, step.place or edge.place, path, RULE)
            continue
        for way in graph.into.get(edge.name, ()):
            if way.automatic:
                path = (*graph.stops(way.source), edge.name)
                by = f"{way.name} ({way.kind})"
                text = f"{_what(edge, step)}, and is entered automatically by {by}: {shown(path)}; {ADVICE}"
                yield Fault(text, way.place or edge.place, path, RULE)
        if edge.name == FAST:
            advice = "move the step to its own recovery with `by: operator`"
            text = f"{_what(edge, step)}, which a plain rollback must not do: {advice}"
            yield Fault(text, step.place or edge.place, (edge.name,), RULE)


def _what(edge: Transition, step: Step) -> str:
    return f"`{edge.name}` may destroy data (step `{step.id}`, {step.use})"
