"""How long a run can take at the most, if nothing goes well: every attempt used up, every wait the longest.

Counted are the deadlines that the spec declares, and every look with the `look` seconds that it may take. Not counted
is the time of a parked run, and of a host that does not answer: that ends as *unknown*, which parks unless told else.
"""

from __future__ import annotations

import math
from graphlib import CycleError

from titan_flow.states.edges import Edge
from titan_flow.states.model import Flow, Patience, State, Transition, Watch
from titan_flow.states.proofs.ends import order
from titan_flow.states.proofs.graph import Graph

EVERY = 2.0
"""seconds between two samples of `steady`, at most, as the engine holds"""
DOUBTS = 2
"""looks that may say *no* before the watch believes the next one; each comes after a second, at most"""


def bound(flow: Flow, look: float = 0.0) -> float:
    """Seconds after which a run has ended or parked, whatever fails; infinity where it may go round for ever."""
    graph = Graph.of(flow)
    try:
        latest = arrivals(graph, look)
    except CycleError:
        return math.inf
    return max(at + _stay(flow.states.get(node), look) for node, at in latest.items())


def arrivals(graph: Graph, look: float = 0.0) -> dict[str, float]:
    """For each state and recovery the latest time, in seconds, at which a run comes there. Raises CycleError."""
    latest: dict[str, float] = {graph.flow.initial.name: 0.0}
    for node in order(graph):
        for edge in graph.out.get(node, ()):
            if edge.automatic:
                at = latest[node] + _taking(graph, edge, look)
                latest[edge.target] = max(latest.get(edge.target, 0.0), at)
    return latest


def _taking(graph: Graph, edge: Edge, look: float) -> float:
    owner = graph.owner(edge)
    at = graph.flow.states.get(edge.source)
    watching = _stay(at, look)
    return watching + (cost(owner, look) if owner is not None else 0.0)


def _stay(state: State | None, look: float) -> float:
    return watching(state.watch, look) if state is not None and state.watch is not None else 0.0


def cost(edge: Transition, look: float = 0.0) -> float:
    """The longest that one transition or recovery can take, in seconds: its checks, then each action in turn."""
    checks = 0.0
    if edge.checks:
        checks = edge.patience.within + edge.steady + look * (math.ceil(edge.steady / EVERY) + 2)
    return checks + len(edge.actions) * _action(edge.patience, look)


def _action(patience: Patience, look: float) -> float:
    """Each attempt: look, act, settle, look once more; between two attempts the wait."""
    return patience.attempts * (2 * look + patience.timeout + patience.within) + _waits(patience)


def _waits(patience: Patience) -> float:
    doubling = min(patience.attempts - 1, 64)  # far beyond any longest wait
    waits = (min(patience.wait_max, patience.wait_min * 2.0**n) for n in range(doubling))
    return sum(waits) + max(0, patience.attempts - 1 - doubling) * patience.wait_max


def watching(watch: Watch, look: float = 0.0) -> float:
    """The longest that a watch can take, in seconds, where every look answers yes or no."""
    if watch.every <= 0:
        return math.inf
    samples = math.ceil(watch.duration / watch.every)
    return samples * (watch.every + DOUBTS * min(watch.every, 1.0) + (1 + DOUBTS) * look)
