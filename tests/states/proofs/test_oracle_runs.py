"""Proofs of what runs *do*, against runs: on small random flows every way in which every action can end is taken.

The oracle acts on a world: the interlock as it is known, the things that are changed, whether data were destroyed
though nobody asked. It shares nothing with the proofs but `behind`, where an operator may ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.states.flows import act, arm, disarm, flow, look, recovery, snapshot, transition, undo
from tests.states.proofs.test_oracle import behind
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.proofs.prove import prove

pytestmark = pytest.mark.slow

NAMES = ("A", "B", "C", "Goal", "Back", "Halted")
RECOVERIES = ("fast_rollback", "r2")
LOCKS = ("unknown", "disarmed", "armed")


@dataclass(frozen=True)
class World:
    at: str
    lock: str = "unknown"
    changed: frozenset[tuple[str, str]] = frozenset()
    dirty: bool = False
    """anything but the snapshot was done, or an operator asked"""
    back: str = ""
    """the recovery that was entered first"""
    asked: bool = False
    """an operator's own recovery is under way"""


@dataclass
class Seen:
    early: set[str] = field(default_factory=set[str])
    untrue: set[str] = field(default_factory=set[str])
    quiet: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    clean: set[str] = field(default_factory=set[str])
    left: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    destroyed: set[str] = field(default_factory=set[str])


def acted(edge: Transition, step: Step, world: World, begun: World, seen: Seen) -> World:
    """The world after that one action, done and confirmed as far as it ever is; `begun`: before the first of them."""
    if not edge.recovery and step.touches not in ("disarm", "snapshot") and world.lock != "disarmed":
        seen.early.add(edge.name)
    if step.destroys and not (edge.recovery and world.asked):
        seen.destroyed.add(edge.name)
    lock = world.lock
    if step.touches in ("disarm", "arm"):
        lock = ("disarmed" if step.touches == "disarm" else "armed") if step.confirms else "unknown"
    changed = dict(world.changed)
    for thing in step.changes:
        if step.touches == "disarm" or (edge.recovery and step.restores):
            changed.pop(thing, None)
        elif not edge.recovery or thing in dict(begun.changed):
            changed.setdefault(thing, step.id)
    return replace(
        world, lock=lock, changed=frozenset(changed.items()), dirty=world.dirty or step.touches != "snapshot"
    )


def ends(edge: Transition, world: World, seen: Seen) -> Iterator[tuple[bool, World]]:
    """Every way in which a transition can end: (whether it finished, the world then)."""
    begun = world
    for step in edge.actions:
        yield False, world  # it fails before this one does anything
        after = acted(edge, step, world, begun, seen)
        moved = step.touches in ("disarm", "arm") and not (step.touches == "disarm" and world.lock == "disarmed")
        yield False, replace(after, lock="unknown" if moved else world.lock)  # done, and nobody heard of it
        world = after
    if edge.checks or not edge.actions:
        yield False, world
    yield True, world


def onward(flow: Flow, world: World, recorded: set[str], seen: Seen) -> Iterator[World]:
    name = world.at
    if name in flow.recoveries:
        edge = flow.recoveries[name]
        for finished, after in ends(edge, world, seen):
            if finished:
                yield replace(after, at=edge.target, asked=False)
            else:
                # a recovery that does not finish has undone nothing for certain
                yield from failing(flow, edge.name, edge, replace(after, changed=world.changed), seen)
        return
    state = flow.states[name]
    forward = [t for t in flow.transitions.values() if t.source == name and not state.resting and state.then is None]
    if state.then is not None and not state.resting:
        yield entered(world, state.then)
    for edge in forward:
        for finished, after in ends(edge, world, seen):
            if finished:
                yield replace(after, at=edge.target)
            else:
                yield from failing(flow, edge.name, edge, after, seen)
    if name in recorded:
        for back in flow.recoveries.values():
            if back.by_operator or back.name == "fast_rollback":
                halfway = [after for edge in forward[:1] for _, after in ends(edge, world, Seen())] or [world]
                for after in halfway:
                    yield replace(entered(after, back.name), lock="unknown", dirty=True, asked=back.by_operator)


def failing(flow: Flow, name: str, edge: Transition, after: World, seen: Seen) -> Iterator[World]:
    changes = any(step.touches != "snapshot" for step in edge.actions)
    after = replace(after, dirty=after.dirty or changes)  # it may have
    for target in {edge.on_failure, edge.on_unknown} - {None, "park"}:
        if target in flow.states:
            (seen.quiet if after.dirty else set[tuple[str, str]]()).add((name, target or ""))
            if not after.dirty:
                seen.clean.add(target or "")
            yield replace(after, at=target or "", asked=False, back="failed")
        else:
            yield replace(entered(after, target or ""), asked=False)


def entered(world: World, recovery: str) -> World:
    return replace(world, at=recovery, back=world.back if world.back not in ("", "failed") else recovery)


def runs(flow: Flow) -> Seen:
    """Everything that any run can be seen doing."""
    seen, recorded = Seen(), behind(flow)
    todo, been = [World("A")], set[World]()
    while todo:
        world = todo.pop()
        if world in been:
            continue
        been.add(world)
        state = flow.states.get(world.at)
        if state is not None and state.interlock not in ("any", world.lock):
            seen.untrue.add(world.at)
        if state is not None and state.rest and not state.notify and world.back not in ("", "failed"):
            seen.left |= {(thing, step) for thing, step in world.changed}
        todo += onward(flow, world, recorded, seen)
    return seen


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    def steps(name: str) -> list[Step]:
        kinds = draw(st.lists(st.sampled_from("dduaxXyYkz"), min_size=0, max_size=3))
        made: dict[str, Callable[[str], Step]] = {
            "d": disarm,
            "u": lambda id: disarm(id, confirms=False),
            "a": arm,
            "x": lambda id: act(id, "x.set", "x"),
            "X": lambda id: undo(id, "x.set", "x"),
            "y": lambda id: act(id, "y.set", "y"),
            "Y": lambda id: undo(id, "y.set", "y"),
            "k": snapshot,
            "z": lambda id: act(id, "z.drop", destroys=True),
        }
        return [made[kind](f"{name}/{n}") for n, kind in enumerate(kinds, 1)] or [look(f"{name}/1")]

    failures = st.sampled_from(("Back", "Halted", *RECOVERIES, *RECOVERIES))
    unknown = st.sampled_from(("park", "park", "Halted", *RECOVERIES))
    states = [
        State(
            name,
            initial=name == "A",
            goal=name == "Goal",
            rest=name in ("Back", "Halted"),
            notify=name == "Halted",
            interlock=draw(st.sampled_from(("any", "any", "disarmed", "armed"))),
        )
        for name in NAMES
    ]
    forward = [
        transition(f"t{a}", a, b, *steps(f"t{a}"), on_failure=draw(failures), on_unknown=draw(unknown))
        for a, b in (("A", "B"), ("B", "C"), ("C", "Goal"))
    ]
    back = [
        recovery(
            name,
            draw(st.sampled_from(("Back", "Back", "Halted"))),
            *steps(name),
            on_failure=draw(
                st.sampled_from(("Halted", "Back", "r2") if name == "fast_rollback" else ("Halted", "Back"))
            ),
            by_operator=name == "r2" and draw(st.booleans()),
        )
        for name in RECOVERIES
    ]
    return flow(states, forward, back, interlocked=True)


def texts(flow: Flow, rule: str) -> list[str]:
    return [fault.text for fault in prove(flow) if fault.rule == rule]


def quoted(text: str, number: int = 0) -> str:
    return text.split("`")[2 * number + 1]


@settings(max_examples=150, deadline=None)
@given(flows())
def test_runs_do_what_the_proofs_say(flow: Flow):
    seen = runs(flow)
    interlock = texts(flow, "interlock")
    assert {quoted(text) for text in interlock if "before a disarm is confirmed" in text} == seen.early
    assert {quoted(text) for text in interlock if "is labelled" in text} == seen.untrue
    undisarmed = {r.name for r in flow.recoveries.values() if r.actions and r.actions[0].touches != "disarm"}
    assert {quoted(text) for text in interlock if "before it disarms" in text} == undisarmed
    assert {quoted(text) for text in texts(flow, "no automatic data loss")} >= seen.destroyed
    undone = texts(flow, "rollback undoes")
    assert {text.split("changed: ")[1].split(" ")[0] for text in undone} == {thing for thing, _ in seen.left}
    won = {"Back", "Halted"} & {edge.target for edge in flow.recoveries.values()}
    quiet = {(name, end) for name, end in seen.quiet if end in won or (end in seen.clean and end != "Halted")}
    told = {
        (quoted(text), text.split(" fails into ")[1].split(",")[0]) for text in texts(flow, "failures are reported")
    }
    assert told == quiet
