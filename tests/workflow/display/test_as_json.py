"""`status --json`: what scripts read of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import AT, Story, flow, later, seen_by_a_client
from tests.workflow.journal.sample import OLD, OLGA
from titan_flow.states import events as e
from titan_flow.states.outline import account_of
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Answer, Json, Outcome
from titan_flow.workflow.display.as_json import nothing, summary

NEW = Release(commit="9b2e771" + "0" * 33, images={"titan-brain": Image(id="sha256:n", digest="sha256:d")})


def said(story: Story, outcome: Outcome | None = None) -> dict[str, Json]:
    account = account_of(story.records)
    return summary(flow(), account, outcome or account.run.outcome)


def verified(story: Story) -> Story:
    return story.tell(e.ReleaseMarked(release=NEW, standing="verified", epoch=1))


@pytest.mark.parametrize("told", [Story, stories.holding, stories.reached, stories.rolled_back, stories.parked])
def test_no_run_has_the_same_keys_as_a_run(told: Callable[[], Story]) -> None:
    document = said(told())
    assert set(document) == set(nothing("flow.yaml"))
    assert json.loads(json.dumps(document)) == document


def test_without_a_run_nothing_is_claimed() -> None:
    document = nothing("flow.yaml")
    assert (document.pop("next"), document.pop("bad")) == ("titan-flow run flow.yaml", [])
    assert not any(document.values())


def commit(release: Json) -> Json:
    return release["commit"] if isinstance(release, dict) else None


def test_what_runs_now_is_said_only_where_it_was_proved() -> None:
    assert commit(said(stories.holding())["release"]) is None
    assert commit(said(verified(stories.holding()))["release"]) == NEW.commit
    assert commit(said(verified(stories.rolled_back()))["release"]) == OLD.commit
    assert commit(said(stories.holding())["previous"]) == OLD.commit


def failed_pull(times: int) -> Story:
    story = Story().began("pull", "Disarmed")
    for n in range(1, times + 1):
        story.tell(e.AttemptFailed(step="pull/1", attempt=n, attempts=3, reason="503", known=True))
    return story


@pytest.mark.parametrize(("times", "attempt"), [(0, 1), (1, 2), (2, 3), (3, 3)])
def test_the_attempt_under_way_never_exceeds_its_patience(times: int, attempt: int) -> None:
    document = said(failed_pull(times))
    assert (document["attempt"], document["attempts"]) == (attempt, 3)


def test_between_transitions_there_is_no_attempt() -> None:
    assert [said(Story())[key] for key in ("attempt", "attempts", "transition")] == [None, None, None]
    account = account_of(failed_pull(1).records)
    assert summary(None, account, Outcome.UNKNOWN)["attempt"] is None, "its spec cannot be read"


@pytest.mark.parametrize(
    ("done", "answer", "says"),
    [
        ([], None, ""),
        ([e.StepDone(step="record/2", acted=False, says="fine")], "yes", "fine"),
        ([e.StepDone(step="record/2", acted=False, says="503", waived=Answer.NO)], "no", "503"),
        ([e.StepDone(step="record/1", acted=False, says="another")], None, ""),
    ],
)
def test_a_skipped_check_shows_what_was_really_seen(done: Sequence[e.Event], answer: str | None, says: str) -> None:
    story = Story().tell(e.CheckWaived(check="record/2", use="logs.clean", reason="known", operator=OLGA))
    for event in done:
        story.tell(event)
    skipped: Json = {"check": "record/2", "use": "logs.clean", "reason": "known", "operator": "olga@laptop"}
    assert said(story)["waived"] == [{**skipped, "answer": answer, "says": says}]


@pytest.mark.parametrize(
    ("story", "measured", "names"),
    [
        (Story, None, set[str]()),
        (stories.risen, "containers", {"titan-brain", "titan-execution"}),
        (lambda: seen_by_a_client((1.0, 2.0)), "client", {AT}),
        (seen_by_a_client, "client", {AT}),
    ],
)
def test_downtime_says_who_measured_it(story: Callable[[], Story], measured: str | None, names: set[str]) -> None:
    downtime = said(story())["downtime"]
    assert isinstance(downtime, dict) and isinstance(downtime["seconds"], dict)
    assert (downtime["measured"], set(downtime["seconds"])) == (measured, names)


def test_bad_releases_of_before_and_of_this_run_are_listed_once() -> None:
    story = Story()
    first = story.records[0].event.model_copy(update={"bad": ("b" * 40, NEW.commit)})
    story.records[0] = story.records[0].model_copy(update={"event": first})
    assert said(story.tell(e.ReleaseMarked(release=NEW, standing="bad", epoch=1)))["bad"] == [NEW.commit, "b" * 40]


def test_times_are_utc_and_the_bundle_is_a_path() -> None:
    account = account_of(stories.reached().records)
    document = summary(flow(), account, Outcome.REACHED, Path("/x/7Q3F"))
    assert (document["started"], document["bundle"]) == ("2026-11-24T14:02:03Z", "/x/7Q3F")
    assert document["watched_until"] is None, "the watch is over"
    watched = stories.risen().tell(
        e.WatchLooked(state="Armed", samples=1, needed=4, answers={"Armed/1": Answer.YES}, left=15.0), 5.0
    )
    assert said(watched)["watched_until"] == later(watched, 15.0).strftime("%Y-%m-%dT%H:%M:%SZ")
