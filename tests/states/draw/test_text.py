"""The flow as text for a terminal: the way down the page, failures at the right."""

from __future__ import annotations

from dataclasses import replace

from tests.states.draw.odd import at
from tests.states.flows import compose, flow, look, titan, transition, with_state, with_transition
from titan_flow.states.draw.text import text
from titan_flow.states.model import State

TITAN = """\
titan-prod

 Ready → Recorded       record  1 check, 1 action                                               ↘ Refused
 → Disarmed             disarm  1 action                                                        ↘ Halted
 → Fetched              fetch   1 action                                                        ↘ fast_rollback
 → Pulled               pull    1 action                                                        ↘ fast_rollback
 → Up                   up      1 action                                                        ↘ fast_rollback
 → Verified (gate)      verify  2 checks, hold 3s                                               ↘ fast_rollback
 → Armed (goal, armed)  arm     1 check, 1 action                                               ↘ fast_rollback
   watch 5s                                                                                     ↘ fast_rollback

recoveries
 fast_rollback → Reverted → verify_rollback   4 actions; also started by `titan-flow rollback`  ↘ Halted
 verify_rollback → RolledBack                 1 check                                           ↘ Halted
 nuclear_rollback → Rebuilt → verify_rebuild  7 actions; started only by an operator            ↘ Halted
 verify_rebuild → RolledBack                  1 check                                           ↘ Halted

may also end in  RolledBack · Refused · Halted (sends a notification)"""


def test_text_is_the_way_with_its_failures_at_the_right():
    assert text(titan()) == TITAN


def test_text_fits_a_terminal_of_80_columns_and_loses_no_word():
    drawn = text(titan(), columns=80)
    assert max(len(line) for line in drawn.splitlines()) <= 80
    assert sorted(drawn.split()) == sorted(TITAN.split())
    assert " fast_rollback → Reverted → verify_rollback   4 actions; also" in drawn
    assert text(titan(), columns=120) == TITAN


def test_text_says_where_a_run_stands():
    drawn = text(titan(), at("Ready", "Recorded", "Disarmed", "fast_rollback")).splitlines()
    assert drawn[2].startswith(" ✓ Ready → Recorded")
    assert drawn[3].startswith(" ✓ → Disarmed")
    assert drawn[4].startswith(" ○ → Fetched")
    assert any(line.startswith(" ● fast_rollback → ○ Reverted") for line in drawn)
    assert text(titan(), at("Ready")).splitlines()[2].startswith(" ● Ready → Recorded")


def test_text_says_where_not_knowing_leads_elsewhere():
    bent = with_transition(titan(), replace(titan().transitions["up"], on_unknown="Halted"))
    assert "↘ fast_rollback, unknown ↘ Halted" in text(bent)


def test_text_leaves_nothing_declared_out():
    odd = with_transition(with_state(titan(), State("Odd")), transition("arm2", "Up", "Armed", look("a/1")))
    drawn = text(odd)
    assert "other transitions\n Up → Armed" in drawn
    assert "not reached  Odd" in drawn


def test_text_of_a_goal_at_once():
    assert text(flow([State("Only", initial=True, goal=True)], [])) == "test\n\n Only (start, goal)"


def test_a_goal_without_interlock_is_drawn_alike():
    assert "Verified (goal)" in text(compose())
