"""Every seeded fault is found, with its counter-example; what is no fault is not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.states.flows import (
    act,
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
from tests.states.proofs.seeded import SEEDED, edited, restated, rules
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
