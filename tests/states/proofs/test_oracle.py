"""Proofs against brute force: on small random flows every path is walked, straight from what the model says.

The oracle shares nothing with `edges.py` and `graph.py`: it reads the flow as the engine would.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.states.flows import act, flow, look, recovery, snapshot, transition
from titan_flow.states.deadlines import CONFIRM, LOOK
from titan_flow.states.model import Flow, Patience, State, Transition
from titan_flow.states.proofs.longest_run import bound, cost
from titan_flow.states.proofs.prove import prove

Walk = tuple[str, ...]
"""the states and recoveries that a run comes through"""

pytestmark = pytest.mark.slow

NAMES = ("A", "B", "C", "D", "E", "Goal", "Rest")
BACK = ("fast_rollback", "r2")


@st.composite
def flows(draw: st.DrawFn, claim: str = "") -> Flow:
    """A straight way to the goal, bent: ways on, failures and recoveries lead anywhere, some sources have two ways."""
    inner = NAMES[:5]
    anywhere = st.sampled_from(NAMES)
    failures = st.sampled_from(("Rest", "Rest", *BACK, *BACK, *NAMES))
    gates = draw(st.sets(st.sampled_from(inner[1:]), min_size=1, max_size=2))
    states = [
        State(
            name,
            initial=name == "A",
            goal=name == "Goal",
            rest=name == "Rest",
            gate=name in gates,
            then=draw(st.sampled_from((None, None, None, "r2"))) if name in "DE" else None,
        )
        for name in NAMES
    ]
    sources = [*inner, *draw(st.lists(st.sampled_from(inner), max_size=2))]
    taken = draw(st.integers(0, 6))
    transitions = [
        transition(
            f"t{n}",
            source,
            draw(st.one_of(st.just(NAMES[NAMES.index(source) + 1]), anywhere)),
            snapshot(f"t{n}/1") if n == taken else act(f"t{n}/1"),
            on_failure=draw(failures),
            on_unknown=draw(st.one_of(st.just("park"), st.just("park"), failures)),
            patience=Patience(1.0, draw(st.integers(0, 3)) * 1.0, draw(st.integers(1, 3)), 1.0, 2.0),
        )
        for n, source in enumerate(sources)
    ]
    back = [
        recovery(name, draw(anywhere), look(f"{name}/1"), on_failure=draw(failures), by_operator=draw(st.booleans()))
        for name in BACK
    ]
    return flow(states, transitions, back, prove=[claim] if claim else [])


def onward(flow: Flow, at: str, operator: bool = True) -> set[tuple[str, float]]:
    """What follows a state or recovery, and the seconds until then."""
    found: set[tuple[str, float]] = set()
    if at in flow.recoveries:
        return _ways(flow.recoveries[at])
    state = flow.states[at]
    if operator:
        found |= {(r.name, 0.0) for r in flow.recoveries.values() if r.by_operator or r.name == "fast_rollback"}
    if not state.resting:
        if state.then is not None:
            found.add((state.then, 0.0))
        else:
            for edge in flow.transitions.values():
                if edge.source == at:
                    found |= _ways(edge)
    return found


def _ways(edge: Transition) -> set[tuple[str, float]]:
    """A failure takes a look more, at which release it is that failed."""
    failing = {edge.on_failure, edge.on_unknown} - {None, "park"}
    return {(edge.target, cost(edge)), *((way, cost(edge) + LOOK) for way in failing if way is not None)}


def behind(flow: Flow) -> set[str]:
    """Where a snapshot has been taken on some walk: only there an operator may ask."""
    todo = [t.target for t in flow.transitions.values() if any(s.touches == "snapshot" for s in t.actions)]
    seen = set[str]()
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            todo += [name for name, _ in onward(flow, at)]
    return seen


def walks(flow: Flow, starts: list[str], operator: bool = True) -> Iterator[Walk]:
    """Every walk that comes to no place twice, by itself or asked."""
    recorded = behind(flow)
    todo: list[Walk] = [(start,) for start in starts]
    while todo:
        walk = todo.pop()
        yield walk
        for name, _ in onward(flow, walk[-1], operator and walk[-1] in recorded):
            if name not in walk:
                todo.append((*walk, name))


def rules(flow: Flow) -> dict[str, list[tuple[str, Walk]]]:
    found: dict[str, list[tuple[str, Walk]]] = {}
    for fault in prove(flow):
        found.setdefault(fault.rule, []).append((fault.text, fault.path))
    return found


def walkable(flow: Flow, path: Walk) -> bool:
    """A counter-example is a walk that the flow really allows."""
    recorded = behind(flow)
    return path[0] == "A" and all(
        there in {name for name, _ in onward(flow, here, here in recorded)} for here, there in pairwise(path)
    )


@settings(max_examples=200, deadline=None)
@given(flows())
def test_reachability(flow: Flow):
    reached = {walk[-1] for walk in walks(flow, ["A"])}
    faults = rules(flow).get("reachable", [])
    assert len(faults) == len({*flow.states, *flow.recoveries} - reached)
    assert all(text.split("`")[1] not in reached for text, _ in faults)


@settings(max_examples=200, deadline=None)
@given(flows())
def test_gates(flow: Flow):
    everywhere = {walk[-1] for walk in walks(flow, ["A"])}
    begun = ["A", *(name for name in flow.recoveries if name in everywhere)]
    around = {
        gate.name
        for gate in flow.states.values()
        if gate.gate and any(walk[-1] == "Goal" and gate.name not in walk for walk in walks(flow, begun))
    }
    faults = rules(flow).get("gates", [])
    assert {text.split(": ")[0].rsplit(" ", 1)[1] for text, _ in faults} == around
    assert all(walkable(flow, path) and path[-1] == "Goal" for _, path in faults)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from((*NAMES, *BACK)), st.sampled_from((*NAMES, *BACK)))
def test_only_after(data: st.DataObject, later: str, before: str):
    flow = data.draw(flows(f"{later} only after {before}"))
    broken = later != before and any(w[-1] == later and before not in w for w in walks(flow, ["A"]))
    faults = rules(flow).get("claims", [])
    assert bool(faults) == broken
    assert all(walkable(flow, path) and path[-1] == later and before not in path for _, path in faults)


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from((*NAMES, *BACK)), st.sampled_from((*NAMES, *BACK)))
def test_never_after(data: st.DataObject, later: str, before: str):
    flow = data.draw(flows(f"never {later} after {before}"))
    recorded = behind(flow)
    next_ones = [name for name, _ in onward(flow, before, before in recorded)]
    there = any(walk[-1] == before for walk in walks(flow, ["A"]))
    broken = there and any(walk[-1] == later for walk in walks(flow, next_ones))
    faults = rules(flow).get("claims", [])
    assert bool(faults) == broken
    assert all(walkable(flow, path) and path[-1] == later and before in path for _, path in faults)


def longest(flow: Flow, at: str = "A", walk: Walk = ()) -> float:
    """Walks on by itself until nothing follows; infinite where it comes to a place again."""
    if at in walk:
        return math.inf
    return max((took + longest(flow, name, (*walk, at)) for name, took in onward(flow, at, False)), default=0.0)


@st.composite
def onward_only(draw: st.DrawFn, claim: str = "") -> Flow:
    """No rings: every transition leads to a later state, every recovery to a later one or a rest."""
    patience = st.builds(Patience, st.just(1.0), st.integers(0, 9).map(float), st.integers(1, 3), st.just(1.0))
    transitions = [
        transition(
            f"t{n}",
            NAMES[n],
            draw(st.sampled_from(NAMES[n + 1 :])),
            act(f"t{n}/1"),
            on_failure=draw(st.sampled_from(("Rest", *BACK, *NAMES[n + 1 :]))),
            patience=draw(patience),
        )
        for n in range(5)
    ]
    back = [recovery("fast_rollback", "Rest", act("f/1"), on_failure="r2"), recovery("r2", "Rest", on_failure="Rest")]
    states = [State(name, initial=name == "A", goal=name == "Goal", rest=name == "Rest") for name in NAMES]
    return flow(states, transitions, back, prove=[claim] if claim else [])


@settings(max_examples=200, deadline=None)
@given(flows() | onward_only())
def test_bounds_and_rings(flow: Flow):
    expected = longest(flow) + CONFIRM + LOOK
    assert bound(flow) == expected
    if math.isinf(expected):
        (_, path), *_ = [fault for fault in rules(flow)["every run ends"] if "loop" in fault[0]]
        assert walkable(flow, path) and path[-1] in path[:-1]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(NAMES), st.integers(1, 30))
def test_within(data: st.DataObject, state: str, limit: int):
    flow = data.draw(onward_only(f"{state} within {limit}s"))
    times = [0.0]
    todo: list[tuple[str, float]] = [("A", 0.0)]
    while todo:
        at, when = todo.pop()
        times += [when] if at == state else []
        todo += [(name, when + took) for name, took in onward(flow, at, False)]
    faults = rules(flow).get("claims", [])
    assert bool(faults) == (max(times) > limit)
    assert all(walkable(flow, path) and took(flow, path) == max(times) for _, path in faults)


def took(flow: Flow, path: Walk) -> float:
    return sum(max(s for name, s in onward(flow, a, False) if name == b) for a, b in pairwise(path))


@settings(max_examples=200, deadline=None)
@given(flows())
def test_a_flow_without_ends_faults_always_comes_to_rest(flow: Flow):
    if "every run ends" in rules(flow):
        return
    for walk in walks(flow, ["A"], operator=False):
        last = walk[-1]
        if not onward(flow, last, False):
            assert flow.states[last].resting
