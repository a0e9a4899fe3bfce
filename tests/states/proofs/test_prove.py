"""Every seeded fault is found, with its counter-example; what is no fault is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.states.flows import (
    act,
    arm,
    compose,
    disarm,
    flow,
    look,
    recovery,
    snapshot,
    titan,
    transition,
    with_recovery,
    with_state,
    with_transition,
)
from tests.states.proofs.seeded import SEEDED, edited, restated
from titan_flow.states.model import Flow, SourceLocation, State, Watch
from titan_flow.states.proofs.prove import prove


@pytest.mark.parametrize("clean", [titan, compose])
def test_a_good_flow_has_no_fault(clean: Callable[[], Flow]):
    assert prove(clean()) == []


@pytest.mark.parametrize("name", SEEDED)
def test_a_seeded_fault_is_found_with_its_counter_example(name: str):
    flow, text, path = SEEDED[name]
    faults = prove(flow)
    found = next((fault for fault in faults if fault.text == text), None)
    assert found is not None, "\n".join(fault.text for fault in faults)
    assert found.path == path
    assert found.place == (SourceLocation(90, 9) if "claim" in name else SourceLocation(77, 5))


def rules(flow: Flow) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {fault.rule: (fault.text, fault.path) for fault in prove(flow)}


def test_a_rollback_that_arms_goes_around_the_gate():
    flow = edited(titan(), "verify_rollback", target="Armed")
    text, path = rules(flow)["gates"]
    assert text.endswith("verify_rollback → Armed (edge `verify_rollback`)")
    assert path[-4:] == ("fast_rollback", "Reverted", "verify_rollback", "Armed")


def test_what_was_verified_before_a_recovery_no_longer_holds():
    flow = with_recovery(titan(), recovery("rearm", "Armed", disarm("rearm/1"), arm("rearm/2")))
    flow = edited(flow, "arm", on_failure="rearm")
    text, path = rules(flow)["gates"]
    assert text == (
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Verified → "
        "rearm → Armed (edge `rearm`); a recovery invalidates what was verified before it"
    )
    assert path[-2:] == ("rearm", "Armed")


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


def test_an_operator_cannot_start_a_rollback_without_a_recorded_release():
    flow = with_transition(compose(), transition("record", "Ready", "Recorded", look("r/1"), on_failure="Refused"))
    flow = with_recovery(flow, recovery("nuclear", "Reverted", act("nuclear/1"), by_operator=True))
    text, _ = rules(flow)["reachable"]
    assert text == (
        "recovery `nuclear` can never begin: an operator can start it only after a release is recorded, "
        "and no transition records one"
    )


def test_an_operator_may_destroy():
    assert "no automatic data loss" not in rules(titan())


def test_without_a_start_or_a_goal_only_that_is_said():
    states = (State("A"), State("B", rest=True))
    texts = [fault.text for fault in prove(flow(states, (transition("a", "A", "Nowhere"),)))]
    assert "no state is marked `initial: true`: a run starts there" in texts
    assert "no state is marked `goal: true`: a run needs one to end in" in texts
    assert not any("reach" in text for text in texts)


def test_a_typo_hides_no_other_mistake():
    flow = edited(titan(), "up", target="Upp")
    flow = with_transition(flow, transition("arm2", "Up", "Armed", arm("arm2/1"), line=58))
    texts = [fault.text for fault in prove(flow)]
    assert "transition `up` goes to unknown state `Upp` (did you mean Up?)" in texts
    assert (
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Armed "
        "(edge `arm2`)"
    ) in texts
    assert not any("cannot be reached" in text for text in texts)


def test_faults_come_in_the_order_of_the_spec():
    flow = titan(prove=["never Up after Disarmed"])
    for name in ("arm", "fetch", "fast_rollback", "pull"):
        flow = edited(flow, name, on_failure=None)
        edge = replace(flow.edge(name), place=titan().edge(name).place)
        flow = with_recovery(flow, edge) if edge.recovery else with_transition(flow, edge)
    lines = [fault.place.line for fault in prove(flow) if fault.place]
    assert lines == sorted(lines) and len(lines) >= 5


def test_a_long_path_is_shortened_in_words_only():
    flow = long(40)
    flow = with_transition(flow, transition("skip", "S38", "Goal", act("skip/1")))
    text, path = rules(with_state(flow, State("S39", gate=True)))["gates"]
    assert len(path) == 40
    assert "S0 → S1 → S2 → S3 → S4 → S5 → … → S34 → S35 → S36 → S37 → S38 → Goal" in text


def long(count: int) -> Flow:
    """`count` states in a row, then the goal; half of them gates, each with a failure edge and an operator's."""
    names = [*(f"S{n}" for n in range(count)), "Goal"]
    states = [
        State(name, initial=n == 0, goal=name == "Goal", gate=n % 2 == 1 and n < count - 1, interlock="any")
        for n, name in enumerate(names)
    ]
    rests = (State("Back", rest=True, interlock="any"), State("Halted", rest=True, notify=True, interlock="any"))
    first = transition("t0", "S0", "S1", snapshot("t0/1"), on_failure="Halted")
    rest = (transition(f"t{n}", names[n], names[n + 1], disarm(f"t{n}/1"), act(f"t{n}/2")) for n in range(1, count))
    back = recovery("fast_rollback", "Back", disarm("fast_rollback/1"), act("fast_rollback/2"))
    claims = [f"S{n + 1} only after S{n}" for n in range(0, count - 1, 5)]
    return flow((*states, *rests), (first, *rest), (back,), prove=claims, interlocked=True)


def test_two_hundred_states_in_well_under_a_second():
    big = long(200)
    start = time.process_time()
    assert prove(big) == []
    assert time.process_time() - start < 0.5


def test_a_watch_is_checked_like_a_transition():
    watch = Watch(5.0, 0.0, (look("w/1"),), "Verified", "Refused", place=SourceLocation(77, 5))
    texts = [fault.text for fault in prove(restated(titan(), "Armed", watch=watch))]
    assert any(
        text.startswith("the watch of `Armed` fails into `Verified`, which only evidence may enter") for text in texts
    )
    assert any(text.startswith("the watch of `Armed`: `every` is 0") for text in texts)
    assert any(text.startswith("`Armed` fails into Refused, which reports that nothing") for text in texts)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), -1.0, 0.0])
def test_odd_numbers_are_faults_and_never_errors(value: float):
    watch = Watch(value, value, (look("w/1"),), "fast_rollback", place=SourceLocation(77, 5))
    flow = edited(restated(titan(prove=["Armed within 1s"]), "Armed", watch=watch), "verify", steady=value)
    texts = [fault.text for fault in prove(flow)]
    assert any(text.startswith("the watch of `Armed`: `every` is") for text in texts)
    assert value == 0.0 or any(text.startswith("transition `verify`: `steady` is") for text in texts)
