"""Which failure edges of a flow there are, and which of them a run has taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from titan_flow.states import events as e
from titan_flow.states.model import Flow
from titan_flow.states.values import Answer

PARK = "park"


@dataclass(frozen=True, slots=True, order=True)
class FailureEdge:
    """Where a transition, a recovery or a watch leads that fails, or whose result is unknown."""

    name: str
    target: str
    kind: str = "fails"

    def __str__(self) -> str:
        where = "waits for an answer" if self.target == PARK else f"→ {self.target}"
        return f"{self.name} {self.kind} {where}"


def failure_edges(flow: Flow) -> list[FailureEdge]:
    """In the order of the spec. Edges of one name with one target are one: a run cannot tell them apart."""
    return list(dict.fromkeys(_all(flow)))


def _all(flow: Flow) -> Iterator[FailureEdge]:
    for edge in flow.edges:
        if edge.steps:
            yield from _both(edge.name, edge.on_failure or PARK, edge.on_unknown)
    for state in flow.states.values():
        if state.watch is not None:
            yield from _both(state.name, state.watch.on_failure, state.watch.on_unknown)


def _both(name: str, failure: str, unknown: str) -> Iterator[FailureEdge]:
    yield FailureEdge(name, failure)
    yield FailureEdge(name, unknown) if unknown == failure else FailureEdge(name, unknown, "is unknown")


def taken(flow: Flow, events: Sequence[e.Event]) -> set[FailureEdge]:
    """Those that a run with these events went."""
    found, under_way = set[FailureEdge](), ""
    known = {*failure_edges(flow)}
    for event in events:
        match event:
            case e.TransitionBegan():
                under_way = event.transition
            case e.TransitionEnded():
                under_way = event.target
            case e.FailureDecided() if event.answer is not Answer.YES:
                kind = "is unknown" if event.answer is Answer.UNKNOWN else "fails"
                found |= {FailureEdge(event.edge, event.target, kind), FailureEdge(event.edge, event.target)} & known
                under_way = event.target if event.enters == "state" else under_way
            case e.RunParked(why="unknown"):
                name = event.step.partition("/")[0] if event.step is not None else under_way
                found |= {FailureEdge(name, PARK, "is unknown"), FailureEdge(name, PARK)} & known
            case _:
                pass
    return found
