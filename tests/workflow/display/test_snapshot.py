"""A run as one picture."""

from __future__ import annotations

from tests.workflow.display import stories
from tests.workflow.display.stories import Story, flow
from titan_flow.states import events as e
from titan_flow.states.outline import account_of
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.display.snapshot import picture

EVIL = "\x1b[2Jgone"


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
