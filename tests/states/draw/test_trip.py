"""The trip that records tell of: nodes in order, edges taken, times, attempts, and where the run is."""

from __future__ import annotations

import pytest

from tests.workflow.display import stories
from tests.workflow.journal.sample import OLGA, started
from titan_flow.states import events as e
from titan_flow.states.draw.trip import Trip, trip
from titan_flow.states.values import Answer


def of(story: stories.Story) -> Trip:
    return trip(stories.flow(), story.records)


def test_all_the_way_with_its_watch() -> None:
    taken = of(stories.reached())
    assert taken.nodes == ["Ready", "Recorded", "Disarmed", "Pulled", "Up", "Verified", "Armed"]
    assert (taken.here, taken.stands, taken.under_way) == ("Armed", "reached", None)
    assert taken.took["Armed"] == pytest.approx(20.0)
    assert taken.tries == {"pull": 2}


def test_a_recovery_begins_where_it_failed_and_continues_by_itself() -> None:
    taken = of(stories.rolled_back())
    assert taken.nodes[-4:] == ["fast_rollback", "Reverted", "verify_rollback", "RolledBack"]
    assert {("Up", "fast_rollback"), ("fast_rollback", "Reverted"), ("Reverted", "verify_rollback")} <= taken.passed
    assert ("Up", "Verified") not in taken.passed
    assert taken.failed == {"verify": "503 (3 times in 6 s)"}
    assert taken.asked == set()


def test_a_failing_recovery_leads_from_itself() -> None:
    taken = of(stories.halted())
    assert ("fast_rollback", "Halted") in taken.passed
    assert taken.failed["fast_rollback"] == "no space left"
    assert taken.stands == "halted"


def test_a_run_that_waits_and_one_that_is_under_way() -> None:
    assert (of(stories.parked()).stands, of(stories.parked()).under_way) == ("waiting", "pull")
    assert (of(stories.holding()).stands, of(stories.holding()).under_way) == ("running", "verify")


def test_what_an_operator_asked_for_is_no_failure() -> None:
    story = stories.holding().tell(e.OperatorAsked(what="rollback", operator=OLGA, recovery=stories.BACK))
    story.tell(
        e.FailureDecided(
            edge="verify", step=None, target=stories.BACK, enters="recovery", reason="asked by olga", answer=Answer.YES
        )
    )
    taken = of(story)
    assert (taken.asked, taken.failed) == ({stories.BACK}, {})
    assert ("Up", stories.BACK) in taken.passed


def test_a_rollback_as_a_run_of_its_own() -> None:
    story = stories.Story()
    story.records.clear()
    begun = started().model_copy(update={"purpose": "rollback", "state": "Armed", "enter": stories.BACK})
    taken = of(story.tell(begun).began(stories.BACK, "Armed").ended(stories.BACK, "Armed", "Reverted"))
    assert taken.nodes == ["Armed", stories.BACK, "Reverted"]
    assert taken.asked == {stories.BACK}


def test_nothing_is_no_trip() -> None:
    with pytest.raises(ValueError, match=r"run\.started"):
        trip(stories.flow(), [])
