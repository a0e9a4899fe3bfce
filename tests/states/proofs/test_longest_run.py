"""The longest that things can take, in numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.states.flows import act, arm, disarm, flow, look, recovery, titan, transition, with_state
from titan_flow.states.deadlines import ANSWER, CONFIRM, LOOK
from titan_flow.states.model import Patience, State, Watch
from titan_flow.states.proofs.longest_run import bound, cost, watching

THREE = Patience(timeout=10.0, within=5.0, attempts=3, wait_min=1.0, wait_max=1.5)
ONCE = 2 * LOOK + 10 + ANSWER + 5
"""one attempt of an action with that patience: look, act, settle, look"""
ENDING = CONFIRM + LOOK


def test_an_action_uses_up_its_attempts_and_its_waits():
    edge = transition("up", "A", "B", act("up/1"), patience=THREE)
    assert cost(edge) == 3 * ONCE + 1 + 1.5


def test_actions_come_one_after_the_other():
    edge = transition("up", "A", "B", act("up/1"), act("up/2"), patience=replace(THREE, attempts=1))
    assert cost(edge) == 2 * ONCE


def test_an_action_may_say_itself_how_long_it_settles():
    slow = replace(act("back/1"), settles=20.0)
    assert cost(transition("back", "A", "B", slow, patience=replace(THREE, attempts=1))) == ONCE + 15


def test_a_disarm_is_sent_before_and_after_its_first_looks():
    edge = transition("disarm", "A", "B", disarm("disarm/1"), patience=replace(THREE, attempts=1))
    assert cost(edge) == ONCE + LOOK + 10 + ANSWER


def test_a_look_may_say_itself_how_long_it_takes():
    slow = replace(look("v/1"), looks=600.0)
    assert cost(transition("v", "A", "B", slow, look("v/2"), patience=THREE)) == 5 + 2 + 600


def test_checks_have_their_time_to_pass_and_then_hold():
    assert cost(transition("v", "A", "B", look("v/1"), look("v/2"), patience=THREE)) == 5 + 2 + LOOK
    assert cost(transition("v", "A", "B", look("v/1"), steady=30.0, patience=THREE)) == 5 + 2 + 60 + LOOK


def test_an_arm_that_parks_is_followed_by_a_disarm():
    one = replace(THREE, attempts=1)
    parks = transition("arm", "A", "B", arm("arm/1"), patience=one)
    assert cost(parks) - cost(replace(parks, on_unknown="Halted")) == 3 * LOOK + 2 * (10 + ANSWER) + CONFIRM


def test_a_transition_without_steps_takes_no_time():
    assert cost(transition("v", "A", "B")) == 0.0


def test_a_watch_ends_though_its_looks_crawl():
    watch = Watch(60.0, 10.0, (look("w/1"),), "Halted", patience=THREE)
    assert watching(watch) == 2 * 7 * 10 + 5 + 10 + LOOK


def test_the_longest_way_counts_with_every_failure_on_it():
    one = replace(THREE, attempts=1)
    states = [State("A", initial=True), State("B"), State("Goal", goal=True), State("Halted", rest=True)]
    there = [
        transition("a", "A", "B", act("a/1"), on_failure="back", patience=one),
        transition("b", "B", "Goal", act("b/1"), on_failure="back", patience=one),
    ]
    back = replace(recovery("back", "Halted", act("back/1")), patience=one)
    assert bound(flow(states, there, [back])) == 3 * ONCE + 2 * LOOK + ENDING
    watched = State("Goal", goal=True, watch=Watch(100.0, 50.0, (look("w/1"),), "back", patience=one))
    longest = 3 * ONCE + watching(watched.watch or Watch(0, 0, (), "")) + 2 * LOOK + ENDING
    assert bound(with_state(flow(states, there, [back]), watched)) == longest


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
    assert cost(edge) == pytest.approx(attempts * ONCE + waits)
