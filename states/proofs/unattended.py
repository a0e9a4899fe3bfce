"""What `unattended:` promises can be done by a host alone: each step of the rollback, or of the disarm."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.edges import FAST
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.violation import Fault
from titan_flow.states.unattended import SHORTEST, disarms, unable

RULE = "unattended"


def unattended(graph: Graph) -> Iterator[Fault]:
    flow = graph.flow
    policy = flow.unattended
    if policy is None:
        return
    if policy.after < SHORTEST:
        yield Fault(f"`unattended`: `after` is at least {SHORTEST:.0f}s", policy.place, (), RULE, ())
    if policy.do == "rollback" and FAST not in flow.recoveries:
        text = f"`unattended`: the host would roll back with `{FAST}`, and there is no such recovery"
        yield Fault(text, policy.place, (), RULE, ())
    elif policy.do == "disarm" and not flow.interlocked:
        text = "`unattended: {do: disarm}` needs an `interlock:` block"
        yield Fault(text, policy.place, (), RULE, ())
    elif flow.interlocked and not disarms(flow):
        yield Fault("`unattended`: no step disarms", policy.place, (), RULE, ())
    for step in unable(flow):
        text = f"`unattended`: the host cannot do step {step} without a driver; take it out, or leave `unattended:` out"
        yield Fault(text, policy.place, (), RULE, (FAST,) if FAST in flow.recoveries else ())
