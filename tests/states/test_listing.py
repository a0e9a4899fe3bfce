"""A run's summary says what the fold of the whole run says, after every record."""

from __future__ import annotations

import pytest

from tests.workflow.journal.sample import records, started
from titan_flow.states import events as e
from titan_flow.states.listing import advance, summary_of
from titan_flow.states.run import fold
from titan_flow.states.values import Interlock, Outcome


def told(*events: e.Event) -> list[e.Record]:
    return records(told=iter([started(), *events]))


STORIES = {
    "every kind of event": records(),
    "parked and resumed": told(
        e.RunParked(why="stop", question="?"),
        e.RunResumed(operator=started().operator),
        e.RunParked(why="unknown", question="?", step="pull/1"),
    ),
    "armed at its goal": told(
        e.TransitionEnded(transition="arm", source="Verified", target="Armed"),
        e.StepIntended(step="arm/1", saw="no", mark=None, act={}, key="k", epoch=1, moves=Interlock.ARMED),  # pyright: ignore[reportArgumentType]
        e.StepDone(step="arm/1", acted=True, interlock=Interlock.ARMED),
        e.RunEnded(state="Armed", outcome=Outcome.REACHED, interlock=Interlock.ARMED),
    ),
    "failed into a state": told(
        e.FailureDecided(
            edge="record",
            step="",
            target="Refused",
            enters="state",
            reason="",
            answer="no",  # pyright: ignore[reportArgumentType]
        ),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_it_agrees_with_the_fold_after_every_record(story: str) -> None:
    whole = STORIES[story]
    summary = summary_of(whole[0])
    for n, record in enumerate(whole, 1):
        summary = summary if n == 1 else advance(summary, record)
        run = fold(whole[:n])
        assert (summary.state, summary.outcome, summary.interlock) == (run.state, run.outcome, run.interlock)
        assert (summary.seq, summary.began, summary.updated) == (run.seq, run.began, run.updated)
        assert summary.unfinished == (run.ended is None)
        assert summary.back == (run.release.commit if run.release is not None else "")


def test_a_run_begins_with_run_started() -> None:
    with pytest.raises(ValueError, match="does not begin"):
        summary_of(records()[1])
