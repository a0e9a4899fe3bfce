"""What a run cost: time disarmed, and the downtime that is shown."""

from __future__ import annotations

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import AT, Story, seen_by_a_client
from tests.workflow.journal.sample import OLGA
from titan_flow.states import events as e
from titan_flow.states.values import Interlock
from titan_flow.workflow.display.cost import cost


def test_time_disarmed_is_counted_from_confirmed_to_confirmed() -> None:
    spent = cost(stories.reached().records)
    assert (round(spent.disarmed or 0, 1), spent.still) == (10.1, False)
    assert cost(Story().records).disarmed == 0.0
    unknown = Story().acted("pull/1", "x", lock=Interlock.UNKNOWN)
    assert cost(unknown.records).disarmed == 0.0
    assert str(cost(unknown.records)) == ""


def test_where_a_client_was_watched_its_downtime_is_shown_and_not_the_containers() -> None:
    story = seen_by_a_client((1.0, 2.5), (3.0, 3.5))
    assert cost(story.records).client == {AT: 2.0}
    assert str(cost(story.records)).startswith(f"down, as a client saw it: {AT} 2.0 s")
    assert str(cost(seen_by_a_client().records)).startswith("a client saw no downtime")


@pytest.mark.parametrize("between", [Interlock.UNKNOWN, Interlock.DISARMED])
def test_only_a_confirmed_arm_ends_the_time_disarmed(between: Interlock) -> None:
    story = Story()
    for seen, after in ((Interlock.DISARMED, 1.0), (between, 2.0), (Interlock.ARMED, 3.0)):
        story.tell(e.InterlockSeen(interlock=seen), after)
    spent = cost(story.records)
    assert (spent.disarmed, spent.still) == (pytest.approx(5.0), False)
    still = cost(
        story.tell(e.InterlockSeen(interlock=Interlock.DISARMED)).tell(e.RunResumed(operator=OLGA), 4.0).records
    )
    assert (still.disarmed, still.still) == (pytest.approx(9.0), True)
    assert str(still) == "disarmed 9.0 s, and still is"
