"""Nothing acts before a confirmed disarm, and what a label says of the interlock is true."""

from __future__ import annotations

import pytest

from tests.states.flows import (
    act,
    compose,
    disarm,
    flow,
    look,
    titan,
    transition,
    with_state,
    with_transition,
)
from tests.states.proofs.seeded import edited, restated, rules
from titan_flow.states.model import State
from titan_flow.states.proofs.prove import prove


def test_without_a_disarm_the_first_change_is_named():
    flow = edited(titan(), "disarm", actions=(), checks=(look("disarm/1"),))
    texts = [fault.text for fault in prove(flow)]
    fetch = "`fetch` acts (step `fetch/1`, git.reset_to) before a disarm is confirmed: Ready → Recorded → Disarmed"
    assert fetch in texts
    assert any(text.startswith("`Disarmed` is labelled disarmed") for text in texts)


def test_acting_on_an_armed_system_is_too_early_again():
    flow = restated(titan(), "Armed", goal=False, watch=None)
    flow = with_state(flow, State("Announced", goal=True, interlock="any"))
    flow = with_transition(flow, transition("announce", "Armed", "Announced", act("announce/1", "http.post")))
    assert rules(flow)["interlock"][0].startswith("`announce` acts (step `announce/1`, http.post) before a disarm")


@pytest.mark.parametrize(("actions", "kept"), [("du", True), ("ud", False), ("dd", True)])
def test_a_disarm_that_nothing_confirms_leaves_the_interlock_unknown_when_a_later_step_fails(actions: str, kept: bool):
    again = [disarm(f"tB/{n}", confirms=kind == "d") for n, kind in enumerate(actions, 1)]
    states = (
        State("A", initial=True),
        State("B"),
        State("Goal", goal=True),
        State("Stopped", rest=True, interlock="disarmed"),
        State("Halted", rest=True, notify=True),
    )
    steps = (
        transition("tA", "A", "B", disarm("tA/1"), on_failure="Halted"),
        transition("tB", "B", "Goal", *again, on_failure="Stopped"),
    )
    texts = [fault.text for fault in prove(flow(states, steps, (), interlocked=True))]
    untrue = "`Stopped` is labelled disarmed, but can be reached with the interlock unknown: A → B → Stopped"
    assert any(text.startswith(untrue) for text in texts) != kept


def test_no_interlock_no_labels():
    flow = edited(compose(), "record", actions=(act("record/1"),))
    assert "interlock" not in rules(flow)
