"""What is put on record of an attempt: the facts that were seen, each in its field."""

from __future__ import annotations

import pytest

from tests.workflow.armory import Arm, Disarm
from titan_flow.adapters.base import Action
from titan_flow.states.model import Step
from titan_flow.states.values import Answer, Interlock, Observation
from titan_flow.workflow.engine.attempts import done, unconfirmed, who

STEP = Step("disarm/1", "lock.disarm", acts=True)


@pytest.mark.parametrize(("action", "moves"), [(Disarm(), Interlock.DISARMED), (Arm(), Interlock.ARMED)])
def test_a_step_that_is_done_says_of_each_service_whether_it_may_act(action: Action, moves: Interlock) -> None:
    seen = Observation(Answer.YES, "both say so", interlocks={"brain": moves, "execution": moves})
    event = done(STEP, action, seen, acted=True)
    assert (event.interlock, event.interlocks) == (moves, {"brain": moves, "execution": moves})
    assert event.model_dump(mode="json")["interlocks"] == {"brain": moves.value, "execution": moves.value}


def test_what_was_not_looked_at_is_not_in_the_journal() -> None:
    assert "interlocks" not in done(STEP, Disarm(), Observation(Answer.YES), acted=True).model_dump(mode="json")


def test_what_was_not_confirmed_leaves_the_interlock_unknown() -> None:
    event = unconfirmed(STEP, "no answer")
    assert (event.acted, event.interlock, event.says) == (True, Interlock.UNKNOWN, "sent, not confirmed: no answer")


@pytest.mark.parametrize(("name", "shown"), [("olga@laptop", "olga@laptop"), ("olga", "olga@"), ("", "unknown@")])
def test_who_the_host_says_it_was(name: str, shown: str) -> None:
    assert str(who(name)) == shown
