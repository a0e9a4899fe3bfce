"""The longest that things can take, in numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.states.flows import act, flow, look, recovery, titan, transition, with_state
from titan_flow.states.model import Patience, State, Watch
from titan_flow.states.proofs import bound
from titan_flow.states.proofs.bounds import cost, watching

THREE = Patience(timeout=10.0, within=5.0, attempts=3, wait_min=1.0, wait_max=1.5)


def test_an_action_uses_up_its_attempts_and_its_waits():
    edge = transition("up", "A", "B", act("up/1"), patience=THREE)
    assert cost(edge, look=0.0) == 3 * (10 + 5) + 1 + 1.5
    assert cost(edge, look=2.0) == 3 * (10 + 5 + 4) + 1 + 1.5


def test_actions_come_one_after_the_other():
    edge = transition("up", "A", "B", act("up/1"), act("up/2"), patience=replace(THREE, attempts=1))
    assert cost(edge, look=0.0) == 2 * 15


def test_checks_have_their_time_to_be_green_and_then_hold():
    assert cost(transition("v", "A", "B", look("v/1"), look("v/2"), patience=THREE), look=0.0) == 5 + 2
    assert cost(transition("v", "A", "B", look("v/1"), steady=30.0, patience=THREE), look=1.0) == 5 + 2 + 30 + 17


def test_a_transition_without_steps_takes_no_time():
    assert cost(transition("v", "A", "B")) == 0.0


def test_a_watch_doubts_before_it_believes():
    watch = Watch(60.0, 10.0, (look("w/1"),), "Halted")
    assert watching(watch, look=0.0) == 6 * (10 + 2)
    assert watching(watch, look=1.0) == 6 * (10 + 2 + 3)


def test_the_longest_way_counts_with_every_failure_on_it():
    one = replace(THREE, attempts=1)
    states = [State("A", initial=True), State("B"), State("Goal", goal=True), State("Halted", rest=True)]
    there = [
        transition("a", "A", "B", act("a/1"), on_failure="back", patience=one),
        transition("b", "B", "Goal", act("b/1"), on_failure="back", patience=one),
    ]
    back = replace(recovery("back", "Halted", act("back/1")), patience=one)
    assert bound(flow(states, there, [back]), look=0.0) == 3 * 15
    watched = State("Goal", goal=True, watch=Watch(100.0, 50.0, (look("w/1"),), "back"))
    assert bound(with_state(flow(states, there, [back]), watched), look=0.0) == 3 * 15 + 104


def test_an_operators_rollback_is_a_run_of_its_own():
    slow = replace(titan().recoveries["nuclear_rollback"], patience=Patience(timeout=90_000.0))
    assert bound(replace(titan(), recoveries={**titan().recoveries, slow.name: slow})) == bound(titan())


def test_a_ring_has_no_bound():
    ring = flow([State("A", initial=True), State("G", goal=True)], [transition("a", "A", "A", act("a/1"))], [])
    assert math.isinf(bound(replace(ring, transitions={"a": replace(ring.transitions["a"], on_failure=None)})))


@pytest.mark.parametrize("attempts", [1, 100, 10**9])
def test_any_number_of_attempts_is_counted_at_once(attempts: int):
    edge = transition("up", "A", "B", act("up/1"), patience=replace(THREE, attempts=attempts))
    waits = 1 + (attempts - 2) * 1.5 if attempts > 1 else 0
    assert cost(edge, look=0.0) == pytest.approx(attempts * 15 + waits)
