"""Every name that an edge uses is declared, once, and says what may stand there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from titan_flow.states.edges import PARK
from titan_flow.states.model import Flow, SourceLocation, State, Transition, Watch
from titan_flow.states.proofs.violation import Fault, listed

RULE = "names"


def names_are_known(flow: Flow) -> tuple[list[Fault], Flow | None]:
    """The faults, and the flow with every misspelt name taken for the one it resembles; None where that cannot be."""
    mender = _Mender(flow)
    repaired = replace(
        flow,
        states={name: mender.state(state) for name, state in flow.states.items()},
        transitions={name: mender.edge("transition", edge) for name, edge in flow.transitions.items()},
        recoveries={name: mender.edge("recovery", edge) for name, edge in flow.recoveries.items()},
    )
    broken = list(_ground(flow))
    return broken + mender.faults, None if broken or mender.lost else repaired


def _ground(flow: Flow) -> Iterator[Fault]:
    starts = [state for state in flow.states.values() if state.initial]
    if not starts:
        yield Fault("no state is marked `initial: true`: a run starts there", rule=RULE)
    for state in starts[1:]:
        yield Fault(f"`{state.name}` and `{starts[0].name}` are both marked initial", state.place, rule=RULE)
    if not any(state.goal for state in flow.states.values()):
        yield Fault("no state is marked `goal: true`: a run needs one to end in", rule=RULE)
    for edge in flow.edges:
        if edge.name in flow.states:
            yield Fault(f"`{edge.name}` is a state already; give the edge another name", edge.place, rule=RULE)
        elif edge.recovery and edge.name in flow.transitions:
            yield Fault(f"`{edge.name}` is a transition and a recovery", edge.place, rule=RULE)
    for name, place in [(s.name, s.place) for s in flow.states.values()] + [(e.name, e.place) for e in flow.edges]:
        if name == PARK:
            yield Fault("`park` is a reserved name: it means that the run waits for an answer", place, rule=RULE)


@dataclass
class _Mender:
    flow: Flow
    faults: list[Fault] = field(default_factory=list[Fault])
    lost: bool = False

    def state(self, state: State) -> State:
        if state.then is not None:
            then = self._known(f"state `{state.name}` goes on to", "recovery", state.then, state.place)
            state = replace(state, then=then)
        return state if state.watch is None else replace(state, watch=self._watch(state, state.watch))

    def _watch(self, state: State, watch: Watch) -> Watch:
        place, who = watch.place or state.place, f"the watch of `{state.name}`"
        failure = self._known(f"{who} fails into", "state or recovery", watch.on_failure, place)
        unknown = self._known(f"{who} goes on an unknown result to", "state or recovery", watch.on_unknown, place)
        return replace(watch, on_failure=failure, on_unknown=unknown)

    def edge(self, kind: str, edge: Transition) -> Transition:
        who, place = f"{kind} `{edge.name}`", edge.place
        source, failure = edge.source, edge.on_failure
        if source is not None:
            source = self._known(f"{who} starts at", "state", source, place)
        if failure is not None:
            failure = self._known(f"{who} fails into", "state or recovery", failure, place)
        target = self._known(f"{who} goes to", "state", edge.target, place)
        unknown = self._known(f"{who} goes on an unknown result to", "state or recovery", edge.on_unknown, place)
        return replace(edge, source=source, target=target, on_failure=failure, on_unknown=unknown)

    def _known(self, who: str, kind: str, name: str, place: SourceLocation | None) -> str:
        allowed: Collection[str] = {
            "state": self.flow.states,
            "recovery": self.flow.recoveries,
            "state or recovery": (*self.flow.states, *self.flow.recoveries, PARK),
        }[kind]
        if name in allowed:
            return name
        close = get_close_matches(name, allowed, n=1)
        if close:
            hint = f" (did you mean {close[0]}?)"
        elif name in self.flow.states or name in self.flow.recoveries:
            hint, self.lost = f": that is a {'state' if name in self.flow.states else 'recovery'}", True
        else:
            hint, self.lost = (f"; there are {listed(sorted(allowed))}" if 0 < len(allowed) <= 8 else ""), True
        self.faults.append(Fault(f"{who} unknown {kind} `{name}`{hint}", place, rule=RULE))
        return close[0] if close else name
