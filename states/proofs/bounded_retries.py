"""Every deadline is a deadline, and attempts are counted: nothing waits or retries forever."""

from __future__ import annotations

import math
from collections.abc import Iterator

from titan_flow.states.model import Patience
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault

RULE = "bounded retries"


def patience_is_bounded(graph: Graph) -> Iterator[Fault]:
    for edge in graph.flow.edges:
        who = f"{'recovery' if edge.source is None else 'transition'} `{edge.name}`"
        wrong = [*_wrong(edge.patience), *_not("steady", edge.steady, 0.0)]
        path = graph.stops(edge.name if edge.source is None else edge.source)
        yield from (Fault(f"{who}: {text}", edge.place, path, RULE) for text in wrong)
    for state in graph.flow.states.values():
        if (watch := state.watch) is not None:
            wrong = [*_wrong(watch.patience), *_not("for", watch.duration, 0.0), *_not("every", watch.every, 0.001)]
            place, who = watch.place or state.place, f"the watch of `{state.name}`"
            yield from (Fault(f"{who}: {text}", place, graph.stops(state.name), RULE) for text in wrong)


def _wrong(patience: Patience) -> Iterator[str]:
    yield from _not("timeout", patience.timeout, 0.001)
    yield from _not("within", patience.within, 0.0)
    yield from _not("attempts", patience.attempts, 1)
    yield from _not("wait", patience.wait_min, 0.0)
    yield from _not("wait", patience.wait_max, patience.wait_min)


def _not(what: str, value: float, least: float) -> Iterator[str]:
    if not (math.isfinite(value) and value >= least):
        yield f"`{what}` is {value:g}; it must be a finite number, at least {least:g}"
