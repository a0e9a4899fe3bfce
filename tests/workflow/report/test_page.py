"""The page about a run: what is in it, that it stands alone, that nothing breaks out of it or is too long for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.states.draw.html.test_page import Page, closed
from tests.workflow.display import stories
from tests.workflow.journal.sample import OLD, OLGA
from titan_flow.states import events as e
from titan_flow.states.run import fold
from titan_flow.states.values import Answer, Outcome
from titan_flow.workflow.report.page import report

NASTY = '</pre><script>alert("x")</script>\x1b[2J\u202e<img src=x onerror=alert(1)>'


def page(story: stories.Story) -> Page:
    made = Page(report(stories.flow(), story.records))
    closed(made)
    return made


def test_a_run_that_was_rolled_back() -> None:
    story = stories.rolled_back()
    made = page(story)
    said = " ".join(made.texts)
    assert "Rolled back: verify failed: 503 (3 times in 6 s)." in said
    for title in ("Timeline", "What it cost", "Releases, before and after", "Waivers", "Who", "Proved",
                  "The chain of records", "Everything that was recorded"):  # fmt: skip
        assert title in said or title == "Proved"
    assert "● RolledBack" in said and "✓ verify fails" in said
    assert "titan-brain down, by its container, at most" in said and "disarmed" in said
    assert "started by olga@laptop" in said
    assert fold(story.records).head in said
    assert f"titan-flow audit 7Q3F --head {fold(story.records).head[:16]}" in said
    assert len(made.all("details")) > 5
    assert "Error: no relation" in said


@pytest.mark.parametrize("story", [stories.reached, stories.halted, stories.parked, stories.holding])
def test_however_it_stands(story: Callable[[], stories.Story]) -> None:
    said = " ".join(page(story()).texts)
    assert "No check was skipped." in said


def test_a_run_without_a_driver() -> None:
    made = Page(report(stories.flow(), stories.holding().records, Outcome.INTERRUPTED))
    assert "Interrupted in Up, during verify." in " ".join(made.texts)


def test_skipped_checks_and_marks_are_shown() -> None:
    story = stories.Story()
    story.tell(e.CheckWaived(check="record/2", use="github.green", reason="GitHub is down", operator=OLGA))
    story.began("record", "Ready")
    story.tell(e.StepDone(step="record/2", acted=False, says="no answer", waived=Answer.UNKNOWN))
    story.tell(e.ReleaseMarked(release=OLD, standing="bad", why="stopped being healthy", epoch=1))
    said = " ".join(page(story).texts)
    assert "skipped by olga@laptop: GitHub is down" in said
    assert "answered unknown: no answer" in said
    assert "release 4f1c2aa is bad: stopped being healthy" in said


def test_nothing_that_a_host_says_breaks_out() -> None:
    story = stories.Story().began("record", "Ready")
    story.tell(
        e.AttemptFailed(step="record/1", attempt=1, attempts=2, reason=NASTY, known=True, evidence={NASTY: [NASTY]})
    )
    made = page(story)
    assert made.all("script") == [] and made.all("img") == []
    text = report(stories.flow(), story.records)
    assert "\x1b" not in text and "\u202e" not in text


def test_evidence_is_bounded() -> None:
    story = stories.Story().began("record", "Ready")
    for n in range(400):
        evidence: dict[str, e.Json] = {"output": f"line {n}\n" * 4000}
        story.tell(
            e.AttemptFailed(step="record/1", attempt=n, attempts=500, reason="no", known=True, evidence=evidence)
        )
    text = report(stories.flow(), story.records)
    assert len(text) < 2_500_000
    assert "letters before this are left out" in text
    assert "evidence: titan-flow events 7Q3F --step record/1" in text


def test_without_its_spec_the_rest_is_shown() -> None:
    made = Page(report(None, stories.rolled_back().records))
    closed(made)
    said = " ".join(made.texts)
    assert "The run's spec cannot be read here" in said
    assert "Everything that was recorded" in said
