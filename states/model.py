"""A flow as data: what a spec declares, every name resolved to a literal, nothing yet run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from titan_flow.states.durations import duration
from titan_flow.states.values import Json

Touches = Literal["snapshot", "disarm", "arm"]
"""What a step does that the proofs care about, beyond acting: record the rollback target, or change the interlock."""

Park = Literal["park"]


@dataclass(frozen=True, slots=True)
class SourceLocation:
    """Where in the spec something stands; lines and columns count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One check or action. `use` and `args` are opaque here; what proofs need to know is said by the flags."""

    id: str
    use: str
    args: Mapping[str, Json] = field(default_factory=dict[str, Json])
    acts: bool = False
    touches: Touches | None = None
    destroys: bool = False
    """it may restore, drop or overwrite data"""
    repeats: bool = True
    """acting again on *partly* converges; otherwise a person is asked"""
    told: bool = True
    """it can be told whether it was done, or doing it twice does no harm, or a person is asked"""
    confirms: bool = True
    """it is done only once it is confirmed; false for a disarm with which a recovery goes on unconfirmed"""
    changes: tuple[str, ...] = ()
    """things that it changes: `checkout`, `services`, …; a rollback must restore them"""
    restores: bool = False
    """what it changes is then as it was recorded"""
    settles: float | None = None
    """seconds to settle in, where its arguments say so; None = the transition's `within`"""
    looks: float = 0.0
    """seconds that one look may take, where its arguments say so; see `proofs/bounds.py`"""
    alone: bool = False
    """the host can do it without a driver"""
    place: SourceLocation | None = None

    @property
    def edge(self) -> str:
        return edge_of(self.id)


def edge_of(step: str) -> str:
    """The transition, recovery or watched state that a step belongs to, by its id: `pull` of `pull/1`."""
    return step.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Patience:
    """Bounds in seconds. `timeout`: one attempt of an action. `within`: looking until yes. `attempts`: bounded."""

    timeout: float = 120.0
    within: float = 60.0
    attempts: int = 3
    wait_min: float = 1.0
    wait_max: float = 30.0


@dataclass(frozen=True, slots=True)
class Watch:
    """A hold after a state is entered: every check must stay yes for `duration` seconds, looked at each `every`."""

    duration: float
    every: float
    checks: tuple[Step, ...]
    on_failure: str
    on_unknown: str = "park"
    patience: Patience = Patience()
    place: SourceLocation | None = None


@dataclass(frozen=True, slots=True)
class State:
    name: str
    initial: bool = False
    goal: bool = False
    rest: bool = False
    gate: bool = False
    notify: bool = False
    interlock: Literal["any", "armed", "disarmed"] = "disarmed"
    then: str | None = None
    watch: Watch | None = None
    about: str = ""
    place: SourceLocation | None = None

    @property
    def resting(self) -> bool:
        """A run may end here."""
        return self.goal or self.rest


@dataclass(frozen=True, slots=True)
class Transition:
    """One edge. A recovery has no source of its own: where it may be entered from is derived (`edges.py`)."""

    name: str
    source: str | None
    target: str
    checks: tuple[Step, ...] = ()
    actions: tuple[Step, ...] = ()
    on_failure: str | None = None
    on_unknown: str = "park"
    steady: float = 0.0
    patience: Patience = Patience()
    by_operator: bool = False
    about: str = ""
    place: SourceLocation | None = None

    @property
    def recovery(self) -> bool:
        return self.source is None

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.checks + self.actions

    @property
    def acts(self) -> bool:
        return bool(self.actions)

    @property
    def arms(self) -> bool:
        """One of its actions arms."""
        return any(step.touches == "arm" for step in self.actions)


@dataclass(frozen=True, slots=True)
class Unattended:
    """What the host does by itself once a run has had no driver for `after` seconds; `parked`: while it waits."""

    after: float = 120.0
    do: Literal["rollback", "disarm"] = "rollback"
    parked: Literal["wait", "rollback"] = "wait"
    place: SourceLocation | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    name: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    recoveries: Mapping[str, Transition]
    about: str = ""
    prove: tuple[tuple[str, SourceLocation | None], ...] = ()
    interlocked: bool = False
    """the flow has an interlock: something that may act, armed and disarmed"""
    notify: tuple[Step, ...] = ()
    """what tells people that a run has ended in a state marked `notify`"""
    unattended: Unattended | None = None
    """what the host does where there is no driver; None: nothing"""

    @property
    def initial(self) -> State:
        return next(state for state in self.states.values() if state.initial)

    def edge(self, name: str) -> Transition:
        """The transition or recovery of that name. Raises KeyError."""
        return self.transitions[name] if name in self.transitions else self.recoveries[name]

    def step(self, id: str) -> Step | None:
        """The step of that id in a transition or recovery; None where there is none."""
        edge = self.transitions.get(edge_of(id)) or self.recoveries.get(edge_of(id))
        return next((step for step in edge.steps if step.id == id), None) if edge is not None else None

    @property
    def edges(self) -> tuple[Transition, ...]:
        return (*self.transitions.values(), *self.recoveries.values())

    def values(self) -> dict[str, Json]:
        """What `${…}` can name of the flow itself: how long each edge has to be green (`${verify.within}`)."""
        return {f"{edge.name}.within": duration(edge.patience.within) for edge in self.edges}

    def onward(self, state: str) -> Transition | None:
        """The one transition that leads on from a state, or the recovery its `then` names."""
        then = self.states[state].then
        if then is not None:
            return self.recoveries[then]
        return next((t for t in self.transitions.values() if t.source == state), None)
