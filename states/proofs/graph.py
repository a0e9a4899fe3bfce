"""The graph that the proofs search: states and recoveries, joined by the derived edges."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from titan_flow.states.edges import Edge, edges
from titan_flow.states.model import Flow, SourceLocation, Transition

P = TypeVar("P", bound=Hashable)
Tree = Mapping[P, tuple[P, Edge] | None]
"""How each position was first come to: from where and by which edge; None for a start.

Its paths are shortest, and have an operator ask only where a run would not come there by itself."""


def search(starts: Iterable[P], onward: Callable[[P], Iterable[tuple[Edge, P]]]) -> Tree[P]:
    """Breadth first, over whatever positions `onward` leads to; what an operator asks for comes last."""
    tree: dict[P, tuple[P, Edge] | None] = dict.fromkeys(starts)
    todo, asked = deque(tree), deque[tuple[P, Edge, P]]()
    while todo or asked:
        if not todo:
            before, edge, there = asked.popleft()
            if there not in tree:
                tree[there] = (before, edge)
                todo.append(there)
            continue
        here = todo.popleft()
        for edge, there in onward(here):
            if not edge.automatic:
                asked.append((here, edge, there))
            elif there not in tree:
                tree[there] = (here, edge)
                todo.append(there)
    return tree


def path(tree: Tree[P], position: P) -> tuple[Edge, ...]:
    """The edges from a start to that position. Raises KeyError where the search did not come there."""
    taken: list[Edge] = []
    while (step := tree[position]) is not None:
        position, edge = step
        taken.append(edge)
    return tuple(reversed(taken))


@dataclass(frozen=True, slots=True)
class Graph:
    flow: Flow
    edges: tuple[Edge, ...]
    out: Mapping[str, tuple[Edge, ...]]
    into: Mapping[str, tuple[Edge, ...]]
    reached: Tree[str]
    """from the initial state, by every edge, operators' too"""

    @classmethod
    def of(cls, flow: Flow) -> Graph:
        """All names must be known."""
        derived = edges(flow)
        out: dict[str, list[Edge]] = {}
        into: dict[str, list[Edge]] = {}
        for edge in derived:
            out.setdefault(edge.source, []).append(edge)
            into.setdefault(edge.target, []).append(edge)
        leaving = {node: tuple(edges) for node, edges in out.items()}
        reached = search([flow.initial.name], lambda node: ((e, e.target) for e in leaving.get(node, ())))
        return cls(flow, derived, leaving, {node: tuple(edges) for node, edges in into.items()}, reached)

    def search(self, *starts: str, without: str | None = None, automatic: bool = False) -> Tree[str]:
        """Where the starts lead; `without` deletes a node, `automatic` leaves out what an operator asks for."""

        def onward(node: str) -> Iterable[tuple[Edge, str]]:
            return (
                (edge, edge.target)
                for edge in self.out.get(node, ())
                if edge.target != without and (edge.automatic or not automatic)
            )

        return search([start for start in starts if start != without], onward)

    def to(self, node: str) -> tuple[Edge, ...]:
        """A shortest path from the initial state; empty where there is none."""
        return path(self.reached, node) if node in self.reached else ()

    def stops(self, node: str) -> tuple[str, ...]:
        """The names along a shortest path from the initial state; just this one where there is none."""
        way = self.to(node)
        return (way[0].source, *(edge.target for edge in way)) if way else (node,)

    def owner(self, edge: Edge) -> Transition | None:
        """The transition or recovery whose edge this is; None for a `then` and a watch."""
        return self.flow.transitions.get(edge.name) or self.flow.recoveries.get(edge.name)

    def involved(self, stops: Sequence[str], also: Iterable[str] = ()) -> tuple[tuple[str, SourceLocation], ...]:
        """Where the spec declares each edge along that path, then each of those names; every place once."""
        taken = [edge for here, there in pairwise(stops) if (edge := self._between(here, there)) is not None]
        found = {edge.place: edge.name for edge in taken if edge.place is not None}
        for name in also:
            owner = self.flow.states.get(name) or self.flow.transitions.get(name) or self.flow.recoveries.get(name)
            if owner is not None and owner.place is not None:
                found.setdefault(owner.place, name)
        return tuple((name, place) for place, name in found.items())

    def _between(self, here: str, there: str) -> Edge | None:
        return next((edge for edge in self.out.get(here, ()) if edge.target == there), None)

    def place(self, node: str) -> SourceLocation | None:
        """Where the spec declares that state or recovery."""
        return (self.flow.states.get(node) or self.flow.recoveries[node]).place
