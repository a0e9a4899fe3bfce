"""What is proved of a flow, in sentences, with its bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator

from titan_flow.states.durations import span
from titan_flow.states.model import Flow
from titan_flow.states.proofs.longest_run import bound
from titan_flow.states.proofs.prove import prove


def proved(flow: Flow) -> tuple[bool, tuple[str, ...]]:
    """Whether everything holds; and what does, or what does not."""
    faults = prove(flow)
    if faults:
        return False, tuple(f"{_where(fault.place.line) if fault.place else ''}{fault.text}" for fault in faults)
    return True, tuple(_sentences(flow))


def _where(line: int) -> str:
    return f"line {line}: "


def _sentences(flow: Flow) -> Iterator[str]:
    goals = " or ".join(state.name for state in flow.states.values() if state.goal)
    gates = [state.name for state in flow.states.values() if state.gate]
    if gates:
        yield f"{goals} is reached only through {' and '.join(gates)}."
    yield from (f"{claim}. (a claim of this spec)" for claim, _ in flow.prove)
    yield "Every state can be reached, and from each one way leads on."
    yield "Every failure has a declared edge; attempts and deadlines are bounded."
    if flow.interlocked:
        yield "Nothing but the snapshot acts before a confirmed disarm, and every recovery disarms first."
    yield "No edge that is taken by itself destroys data."
    yield "Every way back undoes what was done before it; of every action it is known when it is done."
    yield "A failure after the first change never ends as if nothing had been changed."
    latest = bound(flow)
    if math.isfinite(latest):
        yield f"It ends, one way or another, or asks, within {span(latest)}: also if every step fails for ever."
