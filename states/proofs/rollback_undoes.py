"""Every rollback undoes what was done before it: where a recovery ends quietly, nothing stays changed that a transition
changed.

The search goes over positions: where the run is, and which things are changed, each with the step that changed it. A
transition that fails may have done all of its actions, and so may one that an operator interrupts. A thing is undone by
a step of a recovery that changes it back to what was recorded (`${release.…}`), or by a disarm, or for a command by the
command that changes the same. Where a person is told (`notify`), the rest is hers to undo.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from titan_flow.states.edges import Edge
from titan_flow.states.model import Flow, Step, Transition
from titan_flow.states.proofs.graph import Graph, path, search
from titan_flow.states.proofs.violation import Fault, names, shown

RULE = "rollback undoes"
Changed = frozenset[tuple[str, str]]
"""things that are not as they were recorded, each with the id of the step that changed it first"""
Position = tuple[str, Changed]


def rollback_undoes(graph: Graph) -> Iterator[Fault]:
    states = graph.flow.states

    def onward(here: Position) -> Iterable[tuple[Edge, Position]]:
        return ((edge, (edge.target, _after(graph, edge, here[1]))) for edge in graph.out.get(here[0], ()))

    start: Position = (graph.flow.initial.name, frozenset())
    tree = search([start], onward)
    told: set[tuple[str, str]] = set()
    taken = [(here, edge, there) for here in tree for edge, there in onward(here)]
    for here, edge, (target, changed) in taken:
        state = states.get(target)
        if not changed or edge.kind != "recovery" or state is None or not state.rest or state.notify:
            continue  # one that fails is told by `honest`
        stops = (*names(path(tree, here), here[0]), target)
        back = next(name for name in stops if name in graph.flow.recoveries)
        for thing, step in sorted(changed):
            if (back, step) not in told:
                told.add((back, step))
                yield _fault(graph, graph.flow.recoveries[back], thing, step, stops)


def _fault(graph: Graph, back: Transition, thing: str, id: str, stops: tuple[str, ...]) -> Fault:
    owner, step = _step(graph.flow, id)
    text = f"`{back.name}` does not undo what `{owner.name}` changed: {thing} (step `{id}`, {step.use}): {shown(stops)}"
    advice = "changes it back" if step.restores else "restores it from ${release.…}"
    more = f"; add a step that {advice}" + (", or declare `changes: nothing`" if step.restores else "")
    return Fault(text + more, back.place, stops, RULE, (owner.name,))


def _step(flow: Flow, id: str) -> tuple[Transition, Step]:
    return next((edge, step) for edge in flow.transitions.values() for step in edge.actions if step.id == id)


def _after(graph: Graph, edge: Edge, changed: Changed) -> Changed:
    if edge.kind == "operator":
        begun = graph.flow.onward(edge.source)
        return _begun(begun, changed) if begun is not None and begun.source is not None else changed
    owner = graph.owner(edge)
    if owner is None:
        return changed
    if owner.source is not None:
        return _done(owner, changed) if edge.kind == "forward" else _begun(owner, changed)
    return _undone(owner, changed) if edge.kind == "recovery" else changed


def _done(edge: Transition, changed: Changed) -> Changed:
    left = dict(changed)
    for step in edge.actions:
        for thing in step.changes:
            if step.touches == "disarm":
                left.pop(thing, None)
            else:
                left.setdefault(thing, step.id)
    return frozenset(left.items())


def _begun(edge: Transition, changed: Changed) -> Changed:
    """Wherever it stops, nothing is surely undone, and everything may be changed."""
    first = {thing: step.id for step in reversed(edge.actions) if step.touches != "disarm" for thing in step.changes}
    return frozenset((first | dict(changed)).items())


def _undone(recovery: Transition, changed: Changed) -> Changed:
    """What it changes otherwise than back stays as changed as it was."""
    left = dict(changed)
    for step in recovery.actions:
        for thing in step.changes:
            if step.restores:
                left.pop(thing, None)
            elif (before := dict(changed).get(thing)) is not None:
                left[thing] = before
    return frozenset(left.items())
