"""A flow as a run of another purpose than deploying sees it. Pure."""

from __future__ import annotations

from dataclasses import replace

from titan_flow.states.model import Flow, Transition


class Unfit(ValueError):
    """The flow has nothing that serves this purpose. One line."""


def shaped(flow: Flow, purpose: str) -> Flow:
    """`adopt`: the flow's own verification, begun where the run stands, then its snapshot, and there it is reached.

    Names and steps stay the flow's. Whatever fails refuses: nothing that runs is touched. Raises Unfit.
    """
    if purpose != "adopt":
        return flow
    verify, record = _verification(flow), _snapshot(flow)
    refused = _refused(flow, record)
    initial, verified, recorded = flow.initial, flow.states[verify.target], flow.states[record.target]
    plain = {"goal": False, "rest": False, "gate": False, "watch": None, "then": None}
    states = {
        **flow.states,
        verified.name: replace(verified, **{**plain, "interlock": "any"}),
        recorded.name: replace(recorded, **{**plain, "goal": True, "interlock": "any"}),
    }
    first = replace(verify, source=initial.name, on_failure=refused, on_unknown=refused)
    then = replace(
        record,
        source=verified.name,
        checks=(),
        actions=tuple(step for step in record.actions if step.touches == "snapshot"),
        on_failure=refused,
        on_unknown=refused,
    )
    return replace(flow, states=states, transitions={verify.name: first, record.name: then}, recoveries={}, prove=())


def _verification(flow: Flow) -> Transition:
    """The last transition on the way to the goal that looks and does not act."""
    way, state = list[Transition](), flow.initial.name
    while (edge := flow.onward(state)) is not None and edge not in way and not flow.states[state].resting:
        way.append(edge)
        state = edge.target
    found = next((edge for edge in reversed(way) if edge.checks and not edge.actions), None)
    if found is None:
        raise Unfit(f"flow {flow.name} has no transition that only verifies: nothing could be adopted by it")
    return found


def _snapshot(flow: Flow) -> Transition:
    edges = flow.transitions.values()
    found = next((edge for edge in edges if any(step.touches == "snapshot" for step in edge.actions)), None)
    if found is None:
        raise Unfit(f"flow {flow.name} records no release: nothing could be adopted by it")
    return found


def _refused(flow: Flow, record: Transition) -> str:
    """Where the snapshot's own failure rests, else any rest."""
    rests = [name for name, state in flow.states.items() if state.rest]
    wanted = record.on_failure or ""
    return wanted if wanted in rests else next(iter(rests), "park")
