"""The line above the path."""

from __future__ import annotations

from tests.workflow.display.stories import Story, flow
from titan_flow.states import events as e
from titan_flow.states.outline import account_of
from titan_flow.workflow.display.snapshot import picture


def test_the_header_names_what_ran_when_it_was_recorded() -> None:
    story = Story().tell(
        e.StepDone(step="record/4", acted=False, outputs={"release": {"commit": "feedbee" + "0" * 33}})
    )
    assert picture(flow(), account_of(story.records)).splitlines()[1] == "  feedbee → 9b2e771"
    assert picture(flow(), account_of(Story().records)).splitlines()[1] == "  4f1c2aa → 9b2e771"
