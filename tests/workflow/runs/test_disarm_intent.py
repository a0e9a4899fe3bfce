"""Whether what is disarmed was meant to stay so: what the last run there says, and which disarm was the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.workflow.armory import STARTED, Tape
from titan_flow.adapters.guard.client import LastDisarm
from titan_flow.states import events as e
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Interlock, Json, Outcome
from titan_flow.workflow.exit_codes import exit_of
from titan_flow.workflow.runs.disarm_intent import disarmed_deliberately, later

ARMED, DISARMED, UNKNOWN = Interlock.ARMED, Interlock.DISARMED, Interlock.UNKNOWN
BACK, HALTED, THERE, STOPPED = Outcome.ROLLED_BACK, Outcome.HALTED, Outcome.REACHED, Outcome.STOPPED


def ended(outcome: Outcome, emergency: bool = False, **started: Json) -> Run:
    tape = Tape(STARTED.model_copy(update=started))
    if emergency:
        tape.say(e.OperatorAsked(what="disarm", operator=STARTED.operator, reason="odd fills"))
    tape.say(e.RunEnded(state="X", outcome=outcome, interlock=DISARMED))
    return fold(tape)


@pytest.mark.parametrize(
    ("last", "seen", "disarm", "wanted"),
    [
        (None, UNKNOWN, 0, False),
        (None, DISARMED, 0, True),
        (None, UNKNOWN, 1, True),
        (ended(THERE), ARMED, 5, False),
        (ended(THERE), DISARMED, 0, True),
        (ended(THERE), UNKNOWN, 0, False),
        (ended(BACK), DISARMED, 0, False),
        (ended(HALTED), DISARMED, 0, False),
        (ended(BACK, purpose="rollback"), DISARMED, 0, False),
        # an emergency disarm, and a rollback after it or of the very run in which it was sent
        (ended(THERE, purpose="disarm"), UNKNOWN, 1, True),
        (ended(BACK), DISARMED, 1, True),
        (ended(BACK), UNKNOWN, 1, True),
        (ended(BACK, emergency=True), DISARMED, 0, True),
        (ended(BACK, purpose="rollback", may_arm=False, last_disarm=1), DISARMED, 1, True),
        (ended(STOPPED, may_arm=False, last_disarm=1), DISARMED, 1, True),
        (ended(BACK, may_arm=False, last_disarm=1), UNKNOWN, 1, True),
        # armed again since, and rolled back by itself
        (ended(BACK, last_disarm=1), DISARMED, 1, False),
    ],
)
def test_which_disarm_is_deliberate(last: Run | None, seen: Interlock, disarm: int, wanted: bool) -> None:
    assert disarmed_deliberately(last, seen, LastDisarm(disarm, "olga@laptop" if disarm else "-")) is wanted


def taken(epoch: int, hour: int) -> Run:
    began = datetime(2026, 12, 1, hour, tzinfo=UTC)
    return replace(ended(THERE), id=f"run-{epoch}-{hour}", epoch=epoch, began=began)


@pytest.mark.parametrize(
    ("one", "other", "last"),
    [
        (taken(4, 9), taken(5, 3), taken(5, 3)),  # a laptop whose clock is six hours behind
        (taken(5, 3), taken(4, 9), taken(5, 3)),
        (taken(0, 9), taken(5, 3), taken(0, 9)),  # an emergency disarm
        (None, taken(5, 3), taken(5, 3)),
        (taken(5, 3), None, taken(5, 3)),
        (None, None, None),
    ],
)
def test_the_last_run_is_the_one_that_took_the_host_last(one: Run | None, other: Run | None, last: Run | None) -> None:
    found = later(one, other)
    assert (found and found.id) == (last and last.id)


def test_an_arm_stopped_by_an_emergency_disarm_is_no_success() -> None:
    assert exit_of(ended(STOPPED, purpose="arm")) == 1
    assert exit_of(ended(STOPPED)) == 0
