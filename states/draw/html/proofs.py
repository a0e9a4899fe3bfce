"""What is proved about a flow, in sentences, with its bounds."""

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
        yield f"Gate: every path to {goals} passes {' and '.join(gates)}."
    yield from (f"Your claim holds: {claim}." for claim, _ in flow.prove)
    yield "Every state can be reached, and at most one transition leaves it."
    yield "Every failure has a declared target. Attempts and deadlines are bounded."
    if flow.interlocked:
        yield "Only the snapshot runs before a confirmed disarm, and every recovery disarms first."
    yield "No automatic step destroys data."
    yield "Every rollback undoes what was done before it."
    yield "Every action can be verified, can be repeated, or is left to a person."
    yield "A failure after the first change is never reported as `nothing was changed`."
    latest = bound(flow)
    if math.isfinite(latest):
        yield f"A run always finishes or asks for help within {span(latest)}, even if every step fails."
