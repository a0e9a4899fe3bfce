"""The path of a run, from journals as data."""

from __future__ import annotations

from tests.workflow.display import stories
from tests.workflow.display.stories import Story, path
from titan_flow.states import events as e
from titan_flow.states.values import Answer


def test_the_path_while_it_is_taken() -> None:
    assert path(stories.holding(), after=8.4) == [
        " ✓ Ready → Recorded     0.6 s   3 checks, release 4f1c2aa kept (6 images)",
        " ✓ → Disarmed           0.6 s   brain and execution confirm",
        " ✓ → Pulled             3.3 s   2 new images  (attempt 1 of 3: registry said 503)".replace("  (", " ("),
        " ✓ → Up                 1.8 s   2 recreated",
        " ● → Verified          12.4 s   holding 12 of 30 s · 3 of 3 checks passed        ↘ fast_rollback",
        " ○ → Armed                                                                       ↘ fast_rollback",
        " ○ watch 20 s                                                                    ↘ fast_rollback",
    ]


def test_before_anything_all_of_it_lies_ahead() -> None:
    first = path(Story())
    assert first[0].startswith(" ○ Ready → Recorded")
    assert len(first) == 7


def test_a_failure_leads_on_to_its_recovery() -> None:
    marks = [text.split()[:3] for text in path(stories.failing())[4:]]
    assert marks == [["✗", "→", "Verified"], ["○", "→", "Reverted"], ["○", "→", "RolledBack"]]
    assert "↘ fast_rollback" in path(stories.failing())[4]


def test_what_is_waited_for_says_until_when() -> None:
    story = Story().began("pull", "Disarmed")
    story.tell(e.StepIntended(step="pull/1", saw=Answer.NO, says="1 missing", act={"argv": []}, key="k", epoch=1))
    assert "compose.pull: 1 missing (at most 2 m 30 s more)" in path(story, 120, after=30.0)[0]
    assert "more)" not in path(story, 120, after=1000.0)[0]


def test_a_watch_is_the_last_row_and_stays_once_it_is_over() -> None:
    assert path(stories.reached())[-1].startswith(" ✓ watch 20 s          20.1 s   3 of 3 checks passed")
    assert len(path(stories.reached())) == len(path(Story()))
