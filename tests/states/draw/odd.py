"""Flows that a drawing must bear: hostile names, chains of any length, and whatever hypothesis comes up with."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st

from tests.states.flows import act, disarm, flow, look, recovery, titan, transition, with_state, with_transition
from titan_flow.states.draw.trip import Trip
from titan_flow.states.model import Flow, State, Watch

HOSTILE = [
    'quo"te',
    "end",
    "a --> b",
    "<script>alert(1)</script>",
    "%%{init: {}}%%",
    "semi;colon:",
    "#quot;",
    "line\nbreak",
    "}{]",
    "back\\slash\\N",
    "\x1b[2Jred",
    "\u202eltr",
]


def at(*nodes: str) -> Trip:
    """A run that came through these and stands at the last."""
    return Trip(run="7Q3F", nodes=[*nodes])


def longer(flow: Flow) -> Flow:
    """The same, with one more state before `Verified`."""
    more = with_state(flow, State("Checked", about="new"))
    more = with_transition(more, transition("verify", "Up", "Checked", *flow.transitions["verify"].steps, steady=3.0))
    return with_transition(more, transition("confirm", "Checked", "Verified", look("confirm/1")))


def hostile() -> Flow:
    names = ["Start", *HOSTILE, "Goal"]
    states = [State(name, initial=name == "Start", goal=name == "Goal") for name in names]
    edges = [
        transition(f"t{n} {HOSTILE[n % len(HOSTILE)]}", a, b, act("x")) for n, (a, b) in enumerate(pairwise(names))
    ]
    return flow(states, edges, [recovery("fast_rollback", "Goal", on_failure="Goal")], name='bad"name\n}')


def chain(states: int) -> Flow:
    """A flow of this many states in all, recoveries and end states included, each of them in use."""
    way = [f"State{n:02}" for n in range(states - 4)]
    made = [State(name, initial=n == 0, gate=n == len(way) - 2, goal=n == len(way) - 1) for n, name in enumerate(way)]
    rests = [State("Reverted", then="verify_rollback"), State("RolledBack", rest=True)]
    rests += [State("Refused", rest=True), State("Halted", rest=True, notify=True)]
    edges = [
        transition(
            f"go{n:02}", a, b, look(f"go{n:02}/1"), act(f"go{n:02}/2"), on_failure="fast_rollback" if n else "Refused"
        )
        for n, (a, b) in enumerate(pairwise(way))
    ]
    back = [
        recovery("fast_rollback", "Reverted", disarm("fast_rollback/1")),
        recovery("verify_rollback", "RolledBack", look("verify_rollback/1")),
    ]
    return flow([*made, *rests], edges, back, name=f"chain-of-{states}", interlocked=True)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """Any flow with an initial state, sound or not: edges go anywhere, names are anything."""
    names = draw(st.lists(NAMES, min_size=1, max_size=14, unique=True))
    backs = draw(st.lists(NAMES.filter(lambda name: name not in names), max_size=6, unique=True))
    anywhere, state = st.sampled_from([*names, *backs, "park"]), st.sampled_from(names)
    states = [State(names[0], initial=True), *(draw(_state(name, anywhere, backs)) for name in names[1:])]
    ways = draw(st.lists(st.tuples(NAMES, state, state), max_size=12, unique_by=lambda way: way[0]))
    ways = [(f"t {name}", a, b) for name, a, b in ways]
    ways += [(f"on{n}", a, b) for n, (a, b) in enumerate(pairwise(names[: draw(st.integers(1, len(names)))]))]
    edges = [
        transition(name, a, b, act(f"{name}/1"), on_failure=draw(anywhere), on_unknown=draw(anywhere))
        for name, a, b in ways
    ]
    recoveries = [
        recovery(name, draw(state), act(f"{name}/1"), on_failure=draw(anywhere), on_unknown=draw(anywhere),
                 by_operator=draw(st.booleans()))
        for name in backs
    ]  # fmt: skip
    return flow(states, edges, recoveries, name=draw(NAMES), interlocked=draw(st.booleans()))


def _state(name: str, anywhere: st.SearchStrategy[str], backs: list[str]) -> st.SearchStrategy[State]:
    watch = anywhere.map(lambda to: Watch(5.0, 1.0, (look("w/1"),), to))
    then: st.SearchStrategy[str | None] = st.none() | (st.sampled_from(backs) if backs else st.none())
    kind = st.sampled_from(["", "goal", "rest", "gate"])
    return st.tuples(kind, then, st.none() | watch).map(lambda made: _made(name, *made))


def _made(name: str, kind: str, then: str | None, watch: Watch | None) -> State:
    return State(
        name, goal=kind == "goal", rest=kind == "rest", gate=kind == "gate", notify=bool(kind), then=then, watch=watch
    )


EVERYTHING = (titan(), chain(6), chain(12), chain(40), hostile())
