"""How long a run can take at the most, if nothing goes well: every attempt used up, every wait the longest.

Counted are the deadlines that the spec declares, and for every look the `LOOK` seconds in which reality answers it. Not
counted are the time of a parked run, and of retries while a host answers no look: they end as *unknown*, which parks
unless the spec says otherwise. An argument of a step that sets its own time to settle is not known here either.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError

from titan_flow.states.edges import Edge
from titan_flow.states.model import Flow, Patience, State, Transition, Watch
from titan_flow.states.proofs.ends import order
from titan_flow.states.proofs.graph import Graph

LOOK = 10.0
"""seconds in which a look is answered, where it is answered at all"""
EVERY = 2.0
"""seconds between two samples of `steady`, at most, as the engine holds"""
DOUBTS = 2
"""looks that may say *no* before the watch believes the next one; each comes after a second, at most"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """`at`: the latest second at which a run comes somewhere; `by`: the last edge of the way that takes so long."""

    at: float = 0.0
    by: Edge | None = None


def bound(flow: Flow, look: float = LOOK) -> float:
    """Seconds after which a run has ended or parked, whatever fails; infinity where it may go round for ever."""
    graph = Graph.of(flow)
    try:
        latest = arrivals(graph, look)
    except CycleError:
        return math.inf
    return max(arrival.at + _stay(flow.states.get(node), look) for node, arrival in latest.items())


def arrivals(graph: Graph, look: float = LOOK) -> dict[str, Arrival]:
    """For each state and recovery that a run comes to by itself, how late that can be. Raises CycleError."""
    latest = {graph.flow.initial.name: Arrival()}
    for node in order(graph):
        for edge in graph.out.get(node, ()):
            at = latest[node].at + _taking(graph, edge, look)
            if edge.automatic and at >= latest.get(edge.target, Arrival()).at:
                latest[edge.target] = Arrival(at, edge)
    return latest


def slowest(latest: Mapping[str, Arrival], node: str) -> tuple[str, ...]:
    """The names along the way that takes longest to come there."""
    stops = [node]
    while (by := latest[stops[-1]].by) is not None:
        stops.append(by.source)
    return tuple(reversed(stops))


def _taking(graph: Graph, edge: Edge, look: float) -> float:
    owner = graph.owner(edge)
    watched = _stay(graph.flow.states.get(edge.source), look)
    return watched + (cost(owner, look) if owner is not None else 0.0)


def _stay(state: State | None, look: float) -> float:
    return watching(state.watch, look) if state is not None and state.watch is not None else 0.0


def cost(edge: Transition, look: float = LOOK) -> float:
    """The longest that one transition or recovery can take, in seconds: its checks, then each action in turn."""
    checks = 0.0
    if edge.checks and not math.isfinite(edge.steady):
        return math.inf
    if edge.checks:
        samples = math.ceil(edge.steady / EVERY) + 1
        checks = edge.patience.within + EVERY + edge.steady + (samples + 1) * look
    return checks + len(edge.actions) * _action(edge.patience, look)


def _action(patience: Patience, look: float) -> float:
    """Each attempt: look, act, settle, look once more; between two attempts the wait."""
    return patience.attempts * (2 * look + patience.timeout + patience.within) + _waits(patience)


def _waits(patience: Patience) -> float:
    doubling = min(patience.attempts - 1, 64)  # far beyond any longest wait
    waits = (min(patience.wait_max, patience.wait_min * 2.0**n) for n in range(doubling))
    return sum(waits) + max(0, patience.attempts - 1 - doubling) * patience.wait_max


def watching(watch: Watch, look: float = LOOK) -> float:
    """The longest that a watch can take, in seconds, where every look answers yes or no."""
    if not (watch.every > 0 and math.isfinite(watch.duration / watch.every)):
        return math.inf
    samples = math.ceil(watch.duration / watch.every)
    return samples * (watch.every + DOUBTS * min(watch.every, 1.0) + (1 + DOUBTS) * look)
