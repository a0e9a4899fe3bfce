"""How long a run can take at the most, if nothing goes well: every attempt used up, every wait the longest.

Counted are the deadlines that the spec declares and those of the engine (`states/deadlines.py`), whoever keeps silent:
looks that are never answered, jobs that hang. Not counted is the time without a driver, or the run waits for an
answer of a person; after either it starts again with the transition under way.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError

from titan_flow.states.deadlines import ANSWER, CONFIRM, EVERY, LOOK
from titan_flow.states.edges import PARK, Edge
from titan_flow.states.model import Flow, Patience, State, Step, Transition, Watch
from titan_flow.states.proofs.every_run_ends import FAILING, order
from titan_flow.states.proofs.graph import Graph


@dataclass(frozen=True, slots=True)
class Arrival:
    """`at`: the latest second at which a run comes somewhere; `by`: the last edge of the way that takes so long."""

    at: float = 0.0
    by: Edge | None = None


def bound(flow: Flow) -> float:
    """Seconds after which a run has ended or parked, whatever fails; infinity if it may loop forever."""
    graph = Graph.of(flow)
    try:
        latest = arrivals(graph)
    except CycleError:
        return math.inf
    return max(arrival.at + _stay(flow.states.get(node)) for node, arrival in latest.items()) + CONFIRM + LOOK


def arrivals(graph: Graph) -> dict[str, Arrival]:
    """For each state and recovery that a run comes to by itself, how late that can be. Raises CycleError."""
    latest = {graph.flow.initial.name: Arrival()}
    for node in order(graph):
        for edge in graph.out.get(node, ()):
            at = latest[node].at + _taking(graph, edge)
            if edge.automatic and at >= latest.get(edge.target, Arrival()).at:
                latest[edge.target] = Arrival(at, edge)
    return latest


def slowest(latest: Mapping[str, Arrival], node: str) -> tuple[str, ...]:
    """The names along the way that takes longest to come there."""
    stops = [node]
    while (by := latest[stops[-1]].by) is not None:
        stops.append(by.source)
    return tuple(reversed(stops))


def _taking(graph: Graph, edge: Edge) -> float:
    """A failure also takes a look at which release it is that failed."""
    owner = graph.owner(edge)
    watched = _stay(graph.flow.states.get(edge.source))
    return watched + (cost(owner) if owner is not None else 0.0) + (LOOK if edge.kind in FAILING else 0.0)


def _stay(state: State | None) -> float:
    """The watch; a disarm, where it may park or end while the system is armed."""
    if state is None or state.watch is None:
        return 0.0
    return watching(state.watch) + (_disarming(state.watch.patience) if state.interlock == "armed" else 0.0)


def cost(edge: Transition) -> float:
    """The longest that one transition or recovery can take, in seconds: its checks, then each action in turn."""
    checks = 0.0
    if edge.checks and not math.isfinite(edge.steady):
        return math.inf
    if edge.checks:
        checks = edge.patience.within + 2 * edge.steady + EVERY + looking(edge.checks)
    parks = edge.arms and edge.on_unknown == PARK
    return checks + sum(_action(step, edge) for step in edge.actions) + (_disarming(edge.patience) if parks else 0.0)


def _disarming(patience: Patience) -> float:
    """A disarm before a run parks: send, look from no baseline and from one, send again, wait, look once more."""
    return 2 * (patience.timeout + ANSWER) + 3 * LOOK + CONFIRM


def looking(steps: Iterable[Step]) -> float:
    """The longest that one round of looks takes: they are looked at together."""
    return max(LOOK, *(step.looks for step in steps))


def _action(step: Step, edge: Transition) -> float:
    """Each attempt: look, act, settle, look once more; between two attempts the wait.

    A disarm is sent before its first look, and once more after its second.
    """
    patience = edge.patience
    settling = patience.within if step.settles is None else step.settles
    once = 2 * looking((step,)) + patience.timeout + ANSWER + settling
    if step.touches == "disarm":
        once += looking((step,)) + patience.timeout + ANSWER
    doubling = min(patience.attempts - 1, 64)  # far beyond any longest wait
    waits = (min(patience.wait_max, patience.wait_min * 2.0**n) for n in range(doubling))
    return patience.attempts * once + sum(waits) + max(0, patience.attempts - 1 - doubling) * patience.wait_max


def watching(watch: Watch) -> float:
    """The longest that a watch can take, in seconds."""
    if not (watch.every > 0 and math.isfinite(watch.duration / watch.every)):
        return math.inf
    samples = math.ceil(watch.duration / watch.every) + 1
    return 2 * samples * watch.every + watch.patience.within + watch.every + looking(watch.checks)
