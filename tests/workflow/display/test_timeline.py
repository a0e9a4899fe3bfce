"""Paths, costs and endings, from journals as data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import Story, flow, later
from titan_flow.states import events as e
from titan_flow.states.chain import line as line_of
from titan_flow.states.outline import account_of
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.display.cost import cost
from titan_flow.workflow.display.layout import fitting, path_lines, plain
from titan_flow.workflow.display.snapshot import picture
from titan_flow.workflow.display.summary import ending
from titan_flow.workflow.display.terminal import width
from titan_flow.workflow.display.timeline import rows

EVIL = "\x1b[2Jgone"


def path(story: Story, columns: int = 96, after: float = 0.0) -> list[str]:
    return [plain(spans) for spans in path_lines(rows(flow(), story.records), columns, later(story, after))]


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


@pytest.mark.parametrize(
    "told", [stories.holding, stories.reached, stories.failing, stories.rolled_back, stories.halted, stories.parked]
)
@pytest.mark.parametrize("columns", [60, 61, 80, 96, 120, 200])
def test_it_fits_every_terminal(told: Callable[[], Story], columns: int) -> None:
    for text in path(told(), columns, after=100_000):
        assert width(text) <= columns
    for text in path(told(), columns):
        assert text.split()[0] in "✓✗●○?"


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


def test_what_hosts_say_is_harmless_in_every_picture() -> None:
    story = Story().began("pull", EVIL)
    story.acted("pull/1", EVIL, why=EVIL, output=EVIL)
    story.tell(
        e.FailureDecided(
            edge="pull", step="pull/1", target="Halted", enters="state",
            reason=EVIL, answer=stories.NO, evidence={EVIL: EVIL},
        )
    )  # fmt: skip
    story.tell(e.RunEnded(state="Halted", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN))
    assert "\x1b" not in picture(flow(), account_of(story.records))
    assert "␛[2Jgone" in picture(flow(), account_of(story.records))


def test_without_its_flow_a_run_is_still_shown() -> None:
    assert picture(None, account_of(stories.reached().records)).splitlines()[3].startswith("Armed:")


def test_time_disarmed_is_counted_from_confirmed_to_confirmed() -> None:
    spent = cost(stories.reached().records)
    assert (round(spent.disarmed or 0, 1), spent.still) == (10.1, False)
    assert cost(Story().records).disarmed == 0.0
    unknown = Story().acted("pull/1", "x", lock=Interlock.UNKNOWN)
    assert cost(unknown.records).disarmed == 0.0
    assert str(cost(unknown.records)) == ""


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


AT = "https://titan.example.com/health"


def seen_by_a_client(*away: tuple[float, float | None]) -> Story:
    """An `up` that was watched from its begin; seconds since the run began."""
    story = stories.risen()
    began = story.records[0].at
    times = tuple((began + timedelta(seconds=a), None if b is None else began + timedelta(seconds=b)) for a, b in away)
    view = e.ClientView(address=AT, checks=("verify/3",), asked=9, away=times)
    return story.tell(e.StepDone(step="up/2", acted=True, client=(view,)))


def test_where_a_client_was_watched_its_downtime_is_shown_and_not_the_containers() -> None:
    story = seen_by_a_client((1.0, 2.5), (3.0, 3.5))
    assert cost(story.records).client == {AT: 2.0}
    assert str(cost(story.records)).startswith(f"down, as a client saw it: {AT} 2.0 s")
    assert str(cost(seen_by_a_client().records)).startswith("a client saw no downtime")


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


def test_a_stop_that_was_asked_for_says_so() -> None:
    story = stories.holding().tell(e.RunParked(why="stop", question="it goes on with: titan-flow resume 7Q3F"))
    assert ending(flow(), account_of(story.records)).startswith("Stopped, as you asked, in Up, during verify.")


def test_the_header_names_what_ran_when_it_was_recorded() -> None:
    story = Story().tell(
        e.StepDone(step="record/4", acted=False, outputs={"release": {"commit": "feedbee" + "0" * 33}})
    )
    assert picture(flow(), account_of(story.records)).splitlines()[1] == "  feedbee → 9b2e771"
    assert picture(flow(), account_of(Story().records)).splitlines()[1] == "  4f1c2aa → 9b2e771"


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_an_ending_fits_too_and_tears_no_command(columns: int) -> None:
    for story in (stories.rolled_back(), stories.halted(), stories.parked(), stories.reached()):
        lines = ending(flow(), account_of(story.records), columns=columns).splitlines()
        assert all(width(line) <= columns or "titan-flow " in line for line in lines)
        for line in lines:
            if "next" in line or line.startswith(" " * 10 + "titan-flow"):
                assert "titan-flow" in line


def test_where_there_is_little_room_reasons_give_way_first() -> None:
    long = (
        "brain disarmed: by its last log line; execution disarmed: it starts disarmed, and its log has no change since"
    )
    assert fitting(long, "brain disarmed; execution disarmed", 120) == long
    assert fitting(long, "brain disarmed; execution disarmed", 40) == "brain disarmed; execution disarmed"
    assert fitting(long, "brain disarmed; execution disarmed", 20) == "brain disarmed; …"


def test_what_is_waited_for_says_until_when() -> None:
    story = Story().began("pull", "Disarmed")
    story.tell(e.StepIntended(step="pull/1", saw=Answer.NO, says="1 missing", act={"argv": []}, key="k", epoch=1))
    assert "compose.pull: 1 missing (at most 2 m 30 s more)" in path(story, 120, after=30.0)[0]
    assert "more)" not in path(story, 120, after=1000.0)[0]
