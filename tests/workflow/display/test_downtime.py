"""How long a service was down, and how long a client was not served."""

from __future__ import annotations

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import AT, Story, seen_by_a_client
from titan_flow.states import events as e
from titan_flow.states.chain import line as line_of
from titan_flow.states.values import Answer
from titan_flow.workflow.display.cost import cost


def down(story: Story) -> dict[str, float]:
    return {name: round(spent, 1) for name, spent in cost(story.records).down.items()}


def test_a_service_is_down_from_its_replacement_until_a_look_finds_it_running() -> None:
    assert down(stories.risen()) == {"titan-execution": 3.8, "titan-brain": 3.8}  # brain is down still
    assert down(stories.holding()) == {"titan-execution": 3.8, "titan-brain": 5.8}
    assert down(Story()) == {}


def test_a_service_that_falls_later_is_down_again() -> None:
    story, answers = stories.holding(), {"Armed/1": stories.NO}
    for seen in ("titan-brain does not run (exit 1)", "titan-brain is starting"):
        told = e.WatchLooked(state="Armed", samples=0, needed=4, answers=answers, left=20.0, seen={"Armed/1": seen})
        told = told.model_copy(update={"down": ("titan-brain",)})
        story.tell(told, 1.0)
    back = e.WatchLooked(state="Armed", samples=1, needed=4, answers={"Armed/1": stories.YES}, left=15.0, down=())
    story.tell(back, 2.0)
    assert down(story) == {"titan-execution": 3.8, "titan-brain": 5.8 + 3.0}


def test_a_journal_without_the_field_shows_no_downtime() -> None:
    story = Story().tell(e.HoldLooked(transition="verify", samples=0, needed=1, answers={"verify/1": stories.NO}))
    assert down(story) == {}
    assert '"down"' not in line_of(story.records[-1]), "the line of an older record stays its own text"


def test_a_first_deployment_interrupts_nothing() -> None:
    story = stories.risen()
    first = story.records[0].event.model_copy(update={"first": True, "previous": None})
    records = [story.records[0].model_copy(update={"event": first}), *story.records[1:]]
    assert cost(records).down == {}
    first = seen_by_a_client((1.0, 2.0)).records
    assert cost([records[0], *first[1:]]).client is None


def test_an_outage_that_outlasts_the_action_ends_with_the_check_of_that_address() -> None:
    story = seen_by_a_client((1.0, None))
    done = (story.records[-1].at - story.records[0].at).total_seconds()
    story.tell(e.StepDone(step="verify/3", acted=False), 2.0).tell(
        e.TransitionBegan(transition="arm", source="x", args={})
    )
    assert cost(story.records).client == {AT: pytest.approx(done + 2.0 - 1.0)}


def test_a_client_is_not_served_from_the_failure_of_the_check_of_its_address() -> None:
    story = seen_by_a_client()
    failed = e.FailureDecided(
        edge="Armed", step="verify/3", target="back", enters="recovery", reason="503", answer=Answer.NO
    )
    story.tell(failed).tell(e.TransitionBegan(transition="back", source="x", args={}), 4.0)
    assert cost(story.records).client == {AT: 4.0}
