"""Every edge of a flow, derived: what can lead where. Proofs, drawings and the machine of legal moves share it.

A run *stands* at a state, also while a transition or a recovery is under way. An edge's `source` and `target` are
states, or recoveries (by name: their names never collide, see `proofs/names.py`):

- a transition that ends enters its `target`; one that fails does so while the run stands at its `source`;
- a failure target that is a state is entered at once; one that is a recovery begins from where the run stands;
- a recovery that ends enters its `to`; one that fails does so standing at the state that it was entered from;
- a state's `then` begins that recovery there, by itself; a watch that fails does so standing at the watched state;
- `park` is no edge: the run stays where it stands, with its question;
- a state where a run may end has no edge onward: only its watch, and what an operator asks for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from titan_flow.states.model import Flow, SourceLocation, Transition

Kind = Literal["forward", "failure", "unknown", "recovery", "then", "operator", "watch"]

FAST = "fast_rollback"
"""the recovery that an operator may always ask for, from every state behind the snapshot"""
PARK = "park"


@dataclass(frozen=True, slots=True)
class Edge:
    """`name` is the transition or recovery that it belongs to, or the state whose `then` or watch it is."""

    name: str
    source: str
    target: str
    kind: Kind
    place: SourceLocation | None = None

    @property
    def automatic(self) -> bool:
        """The tool takes it by itself."""
        return self.kind != "operator"


def edges(flow: Flow) -> tuple[Edge, ...]:
    """All edges that a run can take, in the order of the spec. Unknown targets are kept: the proofs name them."""
    by_itself = tuple(_automatic(flow))
    return (*by_itself, *_asked(flow, by_itself))


def entries(flow: Flow) -> Mapping[str, tuple[str, ...]]:
    """For each recovery the states that a run may stand at when it begins, in the order of the spec."""
    standing: dict[str, set[str]] = {name: set() for name in flow.recoveries}
    onward: dict[str, list[str]] = {name: [] for name in flow.recoveries}
    for edge in edges(flow):
        if edge.target in standing and edge.source in flow.states:
            standing[edge.target].add(edge.source)
        elif edge.target in standing and edge.source in standing:
            onward[edge.source].append(edge.target)
    todo = deque(standing)
    while todo:
        recovery = todo.popleft()
        for other in onward[recovery]:
            if not standing[recovery] <= standing[other]:
                standing[other] |= standing[recovery]
                todo.append(other)
    return {name: tuple(state for state in flow.states if state in states) for name, states in standing.items()}


def behind(flow: Flow) -> frozenset[str]:
    """The states after the snapshot: from here there is a recorded rollback target."""
    return _behind(flow, tuple(_automatic(flow)))


def _automatic(flow: Flow) -> Iterator[Edge]:
    for transition in flow.transitions.values():
        source = flow.states.get(transition.source or "")
        if source is None or source.resting or source.then is not None:
            continue  # the engine never takes it; the proofs say so
        yield Edge(transition.name, source.name, transition.target, "forward", transition.place)
        yield from _failing(transition, source.name)
    for state in flow.states.values():
        if state.then is not None and not state.resting:
            yield Edge(state.name, state.name, state.then, "then", state.place)
        if (watch := state.watch) is not None:
            place = watch.place or state.place
            if watch.on_failure != PARK:
                yield Edge(state.name, state.name, watch.on_failure, "watch", place)
            if watch.on_unknown != PARK:
                yield Edge(state.name, state.name, watch.on_unknown, "unknown", place)
    for recovery in flow.recoveries.values():
        yield Edge(recovery.name, recovery.name, recovery.target, "recovery", recovery.place)
        yield from _failing(recovery, recovery.name)


def _failing(edge: Transition, source: str) -> Iterator[Edge]:
    if edge.on_failure is not None and edge.on_failure != PARK:
        yield Edge(edge.name, source, edge.on_failure, "failure", edge.place)
    if edge.on_unknown != PARK:
        yield Edge(edge.name, source, edge.on_unknown, "unknown", edge.place)


def _operators(flow: Flow) -> tuple[Transition, ...]:
    return tuple(r for r in flow.recoveries.values() if r.by_operator or r.name == FAST)


def _asked(flow: Flow, by_itself: Iterable[Edge]) -> Iterator[Edge]:
    reached = _behind(flow, by_itself)
    for recovery in _operators(flow):
        for state in flow.states:
            if state in reached:
                yield Edge(recovery.name, state, recovery.name, "operator", recovery.place)


def _behind(flow: Flow, by_itself: Iterable[Edge]) -> frozenset[str]:
    kept = [t.target for t in flow.transitions.values() if any(s.touches == "snapshot" for s in t.actions)]
    if not kept:
        return frozenset()
    onward: dict[str, list[str]] = {}
    for edge in by_itself:
        onward.setdefault(edge.source, []).append(edge.target)
    todo = deque([*kept, *(recovery.name for recovery in _operators(flow))])
    seen = set(todo)
    while todo:
        for target in onward.get(todo.popleft(), ()):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return frozenset(seen & set(flow.states))
