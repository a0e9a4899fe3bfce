"""What is to be drawn of a flow, before anybody knows where: boxes and lines, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from titan_flow.states.draw.text_width import fitted
from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import asked_for, clock, labels, mark, plain, spent, stands, way, work
from titan_flow.states.edges import Edge, edges
from titan_flow.states.model import Flow, State, Transition

LONGEST = 36
"""letters of a name that are shown; the whole of it is in a title"""
Kind = Literal["forward", "failure", "recovery"]
Shape = Literal["state", "gate", "goal", "rest", "recovery"]
Change = Literal["", "added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Box:
    """A state or a recovery. `chips` are short words in frames, `notes` lines of small type below them.

    `asked`: what an operator may do here. `mark`: where a run has been, stands, has not been yet.
    """

    name: str
    shape: Shape = "state"
    initial: bool = False
    chips: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    asked: str = ""
    was_asked: bool = False
    mark: str = ""
    change: Change = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An edge, or several of one kind between the same two boxes. `label`, and `notes` in small type below it."""

    source: str
    target: str
    kind: Kind
    label: str = ""
    notes: tuple[str, ...] = ()
    taken: bool = False
    change: Change = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.source, self.target, self.kind


@dataclass(frozen=True, slots=True)
class Diagram:
    """`spine`: the names along the way to the goal. `caption`: a line below the title."""

    title: str
    caption: str
    boxes: Mapping[str, Box]
    lines: tuple[Line, ...]
    spine: tuple[str, ...]
    trip: Trip | None = field(default=None, compare=False)
    compared: bool = False

    def line(self, source: str, target: str, kind: Kind) -> Line | None:
        return next((line for line in self.lines if line.key == (source, target, kind)), None)


def diagram(flow: Flow, trip: Trip | None = None) -> Diagram:
    """A flow's diagram; with a trip, the way that it took, its times, and where it is."""
    known = {**flow.states, **flow.recoveries}
    boxes = [_state(flow, state, trip) for state in flow.states.values()]
    boxes += [_recovery(flow, recovery, trip) for recovery in flow.recoveries.values()]
    lines = tuple(line for line in _lines(flow, trip) if line.source in known and line.target in known)
    return Diagram(
        flow.name,
        stands(trip) if trip is not None else flow.about,
        {box.name: box for box in boxes},
        lines,
        tuple(_spine(flow, lines)),
        trip,
    )


def _spine(flow: Flow, lines: Iterable[Line]) -> Iterator[str]:
    """The way as far as a run can go it."""
    forward = {(line.source, line.target) for line in lines if line.kind == "forward"}
    been = [flow.initial.name]
    for edge in way(flow):
        if (edge.source, edge.target) not in forward or edge.target in been:
            break
        been.append(edge.target)
    yield from been


def _state(flow: Flow, state: State, trip: Trip | None) -> Box:
    shape: Shape = "goal" if state.goal else "gate" if state.gate else "rest" if state.rest else "state"
    lock = (f"interlock {state.interlock}" if state.interlock == "any" else state.interlock,)
    chips = [word for word in labels(state) if word != "armed"]
    watched = spent(state.name, trip)
    notes = [f"watched {watched}"] if watched else []
    return Box(
        state.name,
        shape,
        state.initial,
        (*chips, *(lock if flow.interlocked else ())),
        tuple(text for text in (clock(state.name, trip), *notes) if text),
        mark=mark(state.name, trip),
        about=state.about,
    )


def _recovery(flow: Flow, recovery: Transition, trip: Trip | None) -> Box:
    notes = [text for text in (work(recovery), clock(recovery.name, trip), spent(recovery.name, trip)) if text]
    asked = ""
    if recovery.name in asked_for(flow):
        asked = "operator only" if recovery.by_operator else "operator can start it"
    was_asked = trip is not None and recovery.name in trip.asked
    chips = ("recovery", *(("destroys data",) if any(step.destroys for step in recovery.actions) else ()))
    return Box(
        recovery.name,
        "recovery",
        chips=chips,
        notes=tuple(notes),
        asked="started by an operator" if was_asked else asked,
        was_asked=was_asked,
        mark=mark(recovery.name, trip),
        about=recovery.about,
    )


def _lines(flow: Flow, trip: Trip | None) -> Iterator[Line]:
    grouped: dict[tuple[str, str, Kind], list[Edge]] = {}
    for edge in edges(flow):
        if edge.automatic:
            grouped.setdefault((edge.source, edge.target, _kind(edge)), []).append(edge)
    for (source, target, kind), group in grouped.items():
        taken = trip is not None and (source, target) in trip.passed
        yield Line(source, target, kind, *_words(flow, group, trip), taken)


def _kind(edge: Edge) -> Kind:
    match edge.kind:
        case "forward":
            return "forward"
        case "recovery" | "then":
            return "recovery"
        case _:
            return "failure"


def _words(flow: Flow, group: Iterable[Edge], trip: Trip | None) -> tuple[str, tuple[str, ...]]:
    """The label, and its notes."""
    first, *_ = group
    if first.kind == "forward":
        edge = flow.transitions[first.name]
        return fitted(plain(first.name), LONGEST), tuple(text for text in (work(edge), spent(first.name, trip)) if text)
    if first.kind == "recovery":
        return "", ()
    if first.kind == "then":
        return "then", ()
    return _failing(flow, group), ()


def _failing(flow: Flow, group: Iterable[Edge]) -> str:
    """`arm fails or unknown, watch fails`; a recovery's own name is in its box already."""
    how: dict[str, list[str]] = {}
    for edge in group:
        who = "" if edge.name in flow.recoveries else fitted(plain(edge.name), LONGEST)
        watch = flow.states[edge.name].watch if edge.name in flow.states else None
        who = "watch" if watch is not None and edge.name == edge.source else who
        how.setdefault(who, []).append("unknown" if edge.kind == "unknown" else "fails")
    return ", ".join(f"{who} {' or '.join(ways)}".strip() for who, ways in how.items())
