"""The block after a run: how it ended, why, what is true now, what to type next."""

from __future__ import annotations

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import flow
from titan_flow.states import events as e
from titan_flow.states.outline import account_of
from titan_flow.states.values import Outcome
from titan_flow.workflow.display.summary import ending
from titan_flow.workflow.display.terminal import width


def test_the_end_of_a_good_run() -> None:
    text = ending(flow(), account_of(stories.reached().records))
    assert text.splitlines()[0].startswith("Armed: titan-prod is at its goal.")
    assert text.splitlines()[0].endswith("exit 0")
    assert "9b2e771 runs, verified, armed" in text
    assert "Pulled 3.3 s" in text
    assert "watch 20.1 s" in text
    assert "titan-flow rollback 7Q3F" in text


def test_the_end_of_a_rollback_tells_why_and_what_next() -> None:
    text = ending(flow(), account_of(stories.rolled_back().records))
    lines = text.splitlines()
    assert lines[0].startswith("Rolled back: verify failed: 503 (3 times in 6 s).")
    assert lines[0].endswith("exit 4")
    assert "verify/3 http.ok: 503 (3 times in 6 s) ↘ fast_rollback" in lines[1]
    assert 'log: "Error: no relation"' in text
    assert "4f1c2aa runs, verified, disarmed" in text
    assert "down, by the containers: titan-execution 3.8 s, titan-brain 5.8 s · disarmed 11.0 s" in text
    assert "titan-flow events 7Q3F --step verify/3" in text


def test_a_failing_rollback_does_not_hide_the_first_cause() -> None:
    text = ending(flow(), account_of(stories.halted().records))
    assert text.startswith("Halted, a person is needed: verify failed: 503")
    assert text.index("verify/3 http.ok: 503") < text.index("fast_rollback/2 compose.up: no space left")
    assert "interlock: unknown" in text
    assert "exit 1" in text


def test_a_question_names_both_of_its_answers() -> None:
    text = ending(flow(), account_of(stories.parked().records))
    assert "titan-flow resume 7Q3F --step pull/1=done" in text
    assert "titan-flow resume 7Q3F --step pull/1=redo" in text
    assert "exit 7" in text


def test_a_run_without_a_driver_is_interrupted() -> None:
    text = ending(flow(), account_of(stories.holding().records), Outcome.INTERRUPTED)
    assert text.startswith("Interrupted in Up, during verify.")
    assert "titan-flow resume 7Q3F" in text
    assert "exit 7" in text


def test_a_stop_that_was_asked_for_says_so() -> None:
    story = stories.holding().tell(e.RunParked(why="stop", question="it goes on with: titan-flow resume 7Q3F"))
    assert ending(flow(), account_of(story.records)).startswith("Stopped, as you asked, in Up, during verify.")


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_an_ending_fits_too_and_tears_no_command(columns: int) -> None:
    for story in (stories.rolled_back(), stories.halted(), stories.parked(), stories.reached()):
        lines = ending(flow(), account_of(story.records), columns=columns).splitlines()
        assert all(width(line) <= columns or "titan-flow " in line for line in lines)
        for line in lines:
            if "next" in line or line.startswith(" " * 10 + "titan-flow"):
                assert "titan-flow" in line
