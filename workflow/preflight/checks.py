"""Which checks come before anything acts. Pure."""

from __future__ import annotations

from titan_flow.states.model import Flow, Step, Transition


def first(flow: Flow) -> list[tuple[Transition, Step]]:
    """The checks of every transition on the way out of the initial state, up to and with the first one that acts."""
    found: list[tuple[Transition, Step]] = []
    state, seen = flow.initial.name, set[str]()
    while state not in seen and (edge := flow.onward(state)) is not None:
        seen.add(state)
        found += [(edge, step) for step in edge.checks]
        if edge.acts:
            break
        state = edge.target
    return found
