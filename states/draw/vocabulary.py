"""What all drawings share: the path to the goal, the words for a state, the edges that get a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states.draw.trip import Trip
from titan_flow.states.durations import duration
from titan_flow.states.edges import Edge, edges
from titan_flow.states.model import Flow, State, Transition

TAKEN, HERE, AHEAD = "✓", "●", "○"


def way(flow: Flow) -> tuple[Transition, ...]:
    """The transitions from the initial state on, one after the other, to the goal or as far as they lead."""
    onward: dict[str, Transition] = {}
    for transition in flow.transitions.values():
        onward.setdefault(transition.source or "", transition)
    at, found, seen = flow.initial.name, list[Transition](), set[str]()
    while at in onward and at not in seen and at in flow.states:
        seen.add(at)
        found.append(onward[at])
        at = onward[at].target
    return tuple(found)


def labels(state: State) -> tuple[str, ...]:
    """What is special about a state: `gate`, `goal`, `end state`, …"""
    said = {
        "start": state.initial,
        "gate": state.gate,
        "goal": state.goal,
        "end state": state.rest,
        "armed": state.interlock == "armed",
        "sends a notification": state.notify,
    }
    watch = (f"watch {duration(state.watch.duration)}",) if state.watch is not None else ()
    return (*(word for word, holds in said.items() if holds), *watch)


def work(edge: Transition) -> str:
    """`3 checks, 1 action, hold 30s`"""
    counts = [(len(edge.checks), "check"), (len(edge.actions), "action")]
    parts = [f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count]
    return ", ".join(parts + ([f"hold {duration(edge.steady)}"] if edge.steady else []))


def asked_for(flow: Flow) -> tuple[str, ...]:
    """The recoveries that an operator can start."""
    return tuple(dict.fromkeys(edge.target for edge in edges(flow) if not edge.automatic))


def lines(flow: Flow) -> tuple[tuple[str, str, str, str], ...]:
    """(source, target, label, kind), one for each pair and direction.

    Failure and unknown share a line where both lead to the same place.

    Recoveries that an operator can start from nearly everywhere are in `asked_for`. Kinds: forward, failure, recovery.
    """
    drawn: dict[tuple[str, str, str], list[str]] = {}
    for edge in edges(flow):
        if not edge.automatic:
            continue
        kind, label = _label(edge)
        drawn.setdefault((edge.source, edge.target, kind), []).append(label)
    return tuple((source, target, _joined(labels), kind) for (source, target, kind), labels in drawn.items())


def passed(
    drawn: Sequence[tuple[str, str, str, str]], flow: Flow, trip: Trip | None
) -> Iterator[tuple[str, str, str, str]]:
    """The same lines, marked where a run took them, with the time they took: `✓ pull, 3.1s, attempt 2`."""
    for source, target, label, kind in drawn:
        taken = trip is not None and (source, target) in trip.passed
        name = label if kind == "forward" else source if source in flow.recoveries else ""
        took = spent(name, trip) if kind != "failure" else ""
        said = ", ".join(part for part in (label, took) if part)
        yield source, target, f"{TAKEN} {said}".strip() if taken else said, kind


def _label(edge: Edge) -> tuple[str, str]:
    match edge.kind:
        case "forward":
            return "forward", edge.name
        case "failure" | "watch":
            return "failure", "fails"
        case "unknown":
            return "failure", "unknown"
        case _:
            return "recovery", "then" if edge.kind == "then" else ""


def _joined(labels: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(label for label in labels if label))


def mark(node: str, trip: Trip | None) -> str:
    """A glyph for where the run is, has been, or has not been yet; empty where no run is drawn."""
    if trip is None:
        return ""
    if node == trip.here:
        return HERE
    return TAKEN if node in trip.nodes else AHEAD


def spent(name: str, trip: Trip | None) -> str:
    """`12.4s, attempt 2` of a transition, recovery or watched state; empty where the run did not take it."""
    if trip is None or (name not in trip.took and trip.under_way != name):
        return ""
    tries = trip.tries.get(name, 1)
    took = "under way" if trip.under_way == name else duration(trip.took[name])
    took = f"failed after {took}" if name in trip.failed else took
    return took + (f", attempt {tries}" if tries > 1 else "")


def stands(trip: Trip) -> str:
    """`run 7Q3F: rolled back, at RolledBack · times are UTC`"""
    return f"run {trip.run}: {trip.stands.replace('_', ' ')}, at {trip.here} · times are UTC"


def clock(node: str, trip: Trip | None) -> str:
    """`14:02:11`: when the run last entered that state, UTC."""
    at = trip.entered.get(node) if trip is not None else None
    return f"{at:%H:%M:%S}" if at is not None else ""


def plain(text: str) -> str:
    """One line, safe for a terminal: unprintable characters (controls, escapes, bidi marks) are spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
