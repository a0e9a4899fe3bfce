"""A failure after the first change never ends as if nothing had happened, nor as if the rollback had succeeded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from titan_flow.states.edges import Edge
from titan_flow.states.proofs.every_run_ends import FAILING
from titan_flow.states.proofs.graph import Graph, path, search
from titan_flow.states.proofs.violation import Fault, names, shown

RULE = "failures are reported"
Position = tuple[str, bool]
"""where the run is, and whether it has changed anything"""


def failures_are_reported(graph: Graph) -> Iterator[Fault]:
    states = graph.flow.states

    def onward(here: Position) -> Iterable[tuple[Edge, Position]]:
        return ((edge, (edge.target, here[1] or _changes(graph, edge))) for edge in graph.out.get(here[0], ()))

    tree = search([(graph.flow.initial.name, False)], onward)
    taken = [(here, edge, there) for here in tree for edge, there in onward(here)]
    failing = [way for way in taken if way[1].kind in FAILING and way[1].target in states]
    quiet = {e.target for _, e, there in failing if not there[1] and not states[e.target].notify}
    won = {e.target for e in graph.edges if e.kind in ("forward", "recovery") and states[e.target].rest}
    told: set[tuple[str, str]] = set()
    for here, edge, (target, changed) in failing:
        if not changed or (edge.name, target) in told or target not in quiet | won:
            continue
        told.add((edge.name, target))
        stops = (*names(path(tree, here), here[0]), target)
        like = "which reports success" if target in won else "which reports that nothing was changed"
        advice = "name a recovery, or an end state with `notify: true`"
        text = f"`{edge.name}` fails into {target}, {like}: {shown(stops)}; {advice}"
        yield Fault(text, edge.place or states[target].place, stops, RULE, (target,))


def _changes(graph: Graph, edge: Edge) -> bool:
    """The snapshot keeps, it does not change. Whoever asks for a rollback has something to roll back."""
    owner = graph.owner(edge)
    acts = owner is not None and any(step.touches != "snapshot" for step in owner.actions)
    return acts or edge.kind == "operator"
