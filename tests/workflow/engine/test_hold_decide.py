"""What becomes of a hold and of a watch after each round of looks, as tables: a situation, and the decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from titan_flow.states.deadlines import EVERY
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.engine.hold_decide import (
    CONFIRMED_BY,
    Decision,
    Hold,
    Next,
    Watching,
    after_hold,
    after_watch,
    begin_hold,
    begin_watch,
    count_hold,
    count_watch,
    waited_hold,
    waited_watch,
)

YES = None
"""as `worst`: nothing but yes"""
NO, PARTLY = Observation(Answer.NO, "it is not"), Observation(Answer.PARTLY, "half of it")
UNKNOWN, FINAL = Observation(Answer.UNKNOWN, "no answer"), Observation(Answer.NO, "it cannot be", final=True)
PASSED, FAILED, TOO_SLOW, STOPPED = (Decision(one) for one in (Next.PASSED, Next.FAILED, Next.TOO_SLOW, Next.STOPPED))

# Rounds begin at 100 and are over at 101.
ONCE = Hold(needed=1, every=0.0, end=160.0, latest=160.0)
STEADY = Hold(needed=4, every=10.0, end=160.0, latest=220.0)

HOLD: list[tuple[str, Hold, Observation | None, float, Decision]] = [
    ("one yes is enough", replace(ONCE, samples=1), YES, 101, PASSED),
    ("enough of them in a row", replace(STEADY, samples=4), YES, 101, PASSED),
    ("enough, however late", replace(STEADY, samples=4), YES, 999, PASSED),
    ("too few: the next one is due a period after this one began", STEADY, YES, 101, Decision(Next.AGAIN, 110)),
    ("too few, and this round was slow: the next one is due at once", STEADY, YES, 119, Decision(Next.AGAIN, 110)),
    ("a hold that has begun may end later than `within`", STEADY, YES, 219, Decision(Next.AGAIN, 110)),
    ("looks that crawl do not draw it out forever", STEADY, YES, 220, TOO_SLOW),
    ("a no is waited for, and a change on the host cuts the wait", ONCE, NO, 101, Decision(Next.AGAIN, 101.1, True)),
    ("partly is as good as no", ONCE, PARTLY, 101, Decision(Next.AGAIN, 101.1, True)),
    ("unknown is looked at again", ONCE, UNKNOWN, 101, Decision(Next.AGAIN, 101.1, True)),
    ("waiting does not change a final no", ONCE, FINAL, 101, FAILED),
    ("a no at the end of `within`", ONCE, NO, 160, FAILED),
    ("an unknown at the end of `within`", ONCE, UNKNOWN, 160, FAILED),
    ("a no in a hold that has begun, behind the end of `within`", STEADY, NO, 161, FAILED),
]


@pytest.mark.parametrize(("hold", "worst", "now", "decision"), [row[1:] for row in HOLD], ids=[row[0] for row in HOLD])
def test_after_a_round_of_a_hold(hold: Hold, worst: Observation | None, now: float, decision: Decision) -> None:
    assert after_hold(hold, worst, 100.0, now) == decision


def test_a_hold_counts_samples_in_a_row() -> None:
    hold = begin_hold(steady=30.0, within=60.0, samples=2, now=100.0)
    assert hold.needed == 30 / EVERY + 1 and hold.samples == 2, "an earlier process took two of them"
    assert hold.every * (hold.needed - 1) == 30.0 and (hold.end, hold.latest) == (160.0, 220.0)
    assert count_hold(hold, YES).samples == 3
    assert [count_hold(hold, worst).samples for worst in (NO, PARTLY, UNKNOWN, FINAL)] == [0, 0, 0, 0]


def test_checks_without_steady_need_one_sample() -> None:
    assert begin_hold(steady=0.0, within=60.0, samples=0, now=100.0) == ONCE


def test_the_longer_a_hold_waits_the_less_often_it_looks() -> None:
    pauses, hold = list[float](), ONCE
    for _ in range(9):
        pauses.append(hold.pause)
        hold = waited_hold(hold)
    assert pauses == sorted(pauses) and (pauses[0], pauses[-1]) == (0.1, 1.0)


# 31 samples, one every 10 s, are 5 minutes.
WATCH = Watching(needed=31, every=10.0, within=60.0, late=760.0)
BLIND, DOUBTED = replace(WATCH, blind=60.0), replace(WATCH, doubts=1)
ALMOST, DONE = replace(WATCH, samples=30), replace(WATCH, samples=31)
LATER = Decision(Next.AGAIN, 110.0, wakes=True)

WATCHED: list[tuple[str, Watching, Observation | None, float, bool, Decision]] = [
    ("well: the next one is due a period after this one began", WATCH, YES, 101, False, LATER),
    ("the time is over", DONE, YES, 101, False, PASSED),
    ("the time is over, and the operator stops", DONE, YES, 101, True, PASSED),
    ("the time is over, late", DONE, YES, 999, False, PASSED),
    ("a first no is not believed yet, and is looked at soon", DOUBTED, NO, 101, False, Decision(Next.AGAIN, 101.0)),
    ("a second no", replace(WATCH, doubts=CONFIRMED_BY - 1), NO, 101, False, Decision(Next.AGAIN, 101.0)),
    ("a no that is confirmed", replace(WATCH, doubts=CONFIRMED_BY), NO, 101, False, FAILED),
    ("a final no needs no other", DOUBTED, FINAL, 101, False, FAILED),
    ("a final no, while the operator stops", DOUBTED, FINAL, 101, True, FAILED),
    ("a doubt where looks are more frequent than doubts", replace(DOUBTED, every=0.5), NO, 100.1, False,
     Decision(Next.AGAIN, 100.5)),
    ("unknown: as often as ever, whatever changes", replace(WATCH, blind=10.0), UNKNOWN, 101, False,
     Decision(Next.AGAIN, 110.0)),
    ("unknown after a doubt stays a doubt", replace(DOUBTED, blind=10.0), UNKNOWN, 101, False,
     Decision(Next.AGAIN, 101.0)),
    ("unknown for as long as `within`", BLIND, UNKNOWN, 101, False, Decision(Next.AGAIN, 110.0)),
    ("unknown for longer than `within`", replace(WATCH, blind=70.0), UNKNOWN, 101, False, FAILED),
    ("the operator stops", ALMOST, YES, 101, True, STOPPED),
    ("the operator stops in a doubt", DOUBTED, NO, 101, True, STOPPED),
    ("the operator stops, and it is too late", ALMOST, YES, 760, True, STOPPED),
    ("just in time", ALMOST, YES, 759, False, LATER),
    ("looks that crawl do not draw it out forever", ALMOST, YES, 760, False, TOO_SLOW),
    ("looks that crawl, and nobody knows", replace(ALMOST, blind=10.0), UNKNOWN, 760, False, TOO_SLOW),
]  # fmt: skip


@pytest.mark.parametrize(
    ("watching", "worst", "now", "stopping", "decision"),
    [row[1:] for row in WATCHED],
    ids=[row[0] for row in WATCHED],
)
def test_after_a_round_of_a_watch(
    watching: Watching, worst: Observation | None, now: float, stopping: bool, decision: Decision
) -> None:
    assert after_watch(watching, worst, 100.0, now, stopping) == decision


HALF = replace(WATCH, samples=12, covered=100.0, before=2, last=90.0)

COUNTED: list[tuple[str, Watching, Observation | None, float, Watching]] = [
    ("the first sample stands for one period", WATCH, YES, 0, replace(WATCH, last=0, covered=10, samples=1)),
    ("a sample stands for the time since the one before", HALF, YES, 100,
     replace(HALF, last=100, covered=110, samples=13)),
    ("a sample that came a little early is not a period yet", HALF, YES, 99.9,
     replace(HALF, last=99.9, covered=109.9, samples=12)),
    ("the time that came too early is not lost", replace(HALF, last=99.9, covered=109.9), YES, 110,
     replace(HALF, last=110, covered=pytest.approx(120.0), samples=14)),
    ("a slow round stands for itself", HALF, YES, 105, replace(HALF, last=105, covered=115, samples=13)),
    ("a gap in which nobody looked counts as two periods at most", HALF, YES, 3690,
     replace(HALF, last=3690, covered=120, samples=14)),
    ("sums of times that miss a period by a rounding", replace(HALF, covered=99.999999), YES, 100,
     replace(HALF, last=100, covered=109.999999, samples=13)),
    ("never more samples than needed", replace(HALF, samples=30, covered=289), YES, 110,
     replace(HALF, samples=31, last=110, covered=309)),
    ("a yes ends every doubt", replace(HALF, doubts=2, blind=60), YES, 100,
     replace(HALF, last=100, covered=110, samples=13)),
    ("a no is a doubt, and covers nothing", HALF, NO, 100, replace(HALF, last=100, doubts=1)),
    ("partly is a doubt", HALF, PARTLY, 100, replace(HALF, last=100, doubts=1)),
    ("the next yes counts from the no on", replace(HALF, last=100, doubts=1), YES, 101,
     replace(HALF, last=101, covered=101, samples=12)),
    ("unknown is blind for a period, and covers nothing", HALF, UNKNOWN, 100, replace(HALF, last=100, blind=10)),
    ("blind periods add up", replace(HALF, blind=50), UNKNOWN, 100, replace(HALF, last=100, blind=60)),
    ("unknown neither confirms nor ends a doubt", replace(HALF, doubts=2), UNKNOWN, 100,
     replace(HALF, last=100, doubts=2, blind=10)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("watching", "worst", "began", "counted"), [row[1:] for row in COUNTED], ids=[row[0] for row in COUNTED]
)
def test_what_a_round_of_a_watch_counts(
    watching: Watching, worst: Observation | None, began: float, counted: Watching
) -> None:
    assert count_watch(watching, worst, began) == counted


def test_a_watch_may_take_twice_the_time_that_is_left_and_the_time_to_be_sure() -> None:
    assert begin_watch(300.0, 10.0, within=60.0, samples=0, now=100.0).late == 100 + 2 * 310 + 60
    resumed = begin_watch(300.0, 10.0, within=60.0, samples=21, now=100.0)
    assert resumed.late == 100 + 2 * 100 + 60 and (resumed.before, resumed.samples, resumed.needed) == (21, 21, 31)
    assert resumed.left == 100.0


def test_time_in_which_this_process_slept_is_not_the_looks_fault() -> None:
    assert waited_watch(WATCH, 0.0) == WATCH
    assert waited_watch(WATCH, 3600.0) == replace(WATCH, late=760.0 + 3600.0)
