"""What each event makes of the row of what is under way, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.workflow.display.stories import ALL_YES, NO, ONE_NO, YES, flow
from tests.workflow.journal.sample import BEGAN, OLGA
from titan_flow.states import events as e
from titan_flow.states.values import Answer, Interlock, Json
from titan_flow.workflow.display.row import Row, arrived, later

FLOW = flow()
ROW = Row("now", "→ Pulled", "Pulled", "Pulled", BEGAN)
WAITING = replace(ROW, until=BEGAN + timedelta(seconds=9))


def until(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def held(samples: int, needed: int, answers: dict[str, Answer], **seen: str) -> e.HoldLooked:
    told = {step.replace("_", "/"): says for step, says in seen.items()}
    return e.HoldLooked(transition="verify", samples=samples, needed=needed, answers=answers, seen=told)


def watched(left: float, answers: dict[str, Answer], **seen: str) -> e.WatchLooked:
    told = {step.replace("_", "/"): says for step, says in seen.items()}
    return e.WatchLooked(state="Armed", samples=1, needed=5, answers=answers, seen=told, left=left)


def intended(step: str, says: str) -> e.StepIntended:
    return e.StepIntended(step=step, saw=NO, says=says, act={}, key="k", epoch=1)


def tried(next_in: float | None) -> e.AttemptFailed:
    return e.AttemptFailed(step="pull/1", attempt=1, attempts=3, reason="503", known=True, next_in=next_in)


def step_done(step: str, says: str = "", acted: bool = True, **more: Json) -> e.StepDone:
    return e.StepDone.model_validate({"step": step, "acted": acted, "says": says, **more})


CASES: list[tuple[str, Row, e.Event, Row]] = [
    ("checks are waited for until the end of `within`", ROW,
     e.TransitionBegan(transition="verify", source="Up", args={}), replace(ROW, until=BEGAN + until(60))),
    ("a transition without checks says nothing of an end", ROW,
     e.TransitionBegan(transition="pull", source="Disarmed", args={}), ROW),
    ("a hold that has not begun is waited for", WAITING, held(0, 16, ONE_NO, verify_3="503"),
     replace(WAITING, says="2 of 3 checks passed · verify/3: 503")),
    ("a hold that has begun may end later", WAITING, held(7, 16, ALL_YES),
     replace(ROW, says="holding 12 of 30 s · 3 of 3 checks passed")),
    ("one sample is no hold", WAITING, held(1, 1, ALL_YES), replace(ROW, says="3 of 3 checks passed")),
    ("an action is waited for: itself, and to be confirmed", ROW, intended("pull/1", "1 missing"),
     replace(ROW, says="compose.pull: 1 missing", until=BEGAN + until(180))),
    ("an action without a reason", ROW, intended("pull/1", ""),
     replace(ROW, says="compose.pull", until=BEGAN + until(180))),
    ("a failed attempt, and the next", WAITING, tried(2.1),
     replace(ROW, says="pull/1: 503; next in 2.1 s", note="(attempt 1 of 3: 503)")),
    ("the last attempt failed", WAITING, tried(None), replace(ROW, says="pull/1: 503", note="(attempt 1 of 3: 503)")),
    ("a step is done", WAITING, step_done("pull/1", "6 new images"),
     replace(ROW, says="6 new images", done=(step_done("pull/1", "6 new images"),))),
    ("a step is done without words", replace(WAITING, says="pulls"), step_done("pull/1"),
     replace(ROW, says="pulls", done=(step_done("pull/1"),))),
    ("a watch", ROW, watched(15.0, {"Armed/1": YES}),
     replace(ROW, says="1 of 1 check passed", until=BEGAN + until(15))),
    ("a watch in doubt, at its end", WAITING, watched(0.0, {"Armed/1": NO}, Armed_1="brain is unhealthy"),
     replace(ROW, says="Armed/1: brain is unhealthy")),
    ("a question", WAITING, e.RunParked(why="unknown", question="was it done?"),
     replace(WAITING, mark="parked", says="was it done?")),
    ("an answer", replace(ROW, mark="parked"), e.RunResumed(operator=OLGA), replace(ROW, says="resumed")),
    ("what concerns no row", WAITING, e.InterlockSeen(interlock=Interlock.ARMED), WAITING),
]  # fmt: skip


@pytest.mark.parametrize(("row", "event", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_row_one_event_later(row: Row, event: e.Event, wanted: Row) -> None:
    assert later(FLOW, row, event, BEGAN) == wanted


WHY = "brain disarmed: by its last log line; execution disarmed: it starts disarmed"
BOTH: Json = {"brain": "disarmed", "execution": "disarmed"}


@pytest.mark.parametrize(
    ("edge", "done", "says", "brief"),
    [
        ("verify", (step_done("verify/1", "6 services run", acted=False),), "3 checks", "3 checks"),
        ("pull", (step_done("pull/1", "6 new images"),), "6 new images", "6 new images"),
        ("pull", (), "", ""),
        ("disarm", (step_done("disarm/1", WHY, interlocks=BOTH),), WHY, "brain disarmed; execution disarmed"),
        ("disarm", (step_done("disarm/1", WHY),), WHY, WHY),
        (
            "record",
            (step_done("record/2", "1 error", acted=False, waived="no"), step_done("record/4", "a: b; c: d")),
            "3 checks, record/2 skipped, a: b; c: d",
            "3 checks, record/2 skipped, a: b; c: d",
        ),
        ("fast_rollback", (step_done("fast_rollback/1", "x"), step_done("fast_rollback/2", "x")), "x", "x"),
    ],
)
def test_a_row_that_arrived_says_what_was_done(edge: str, done: tuple[e.StepDone, ...], says: str, brief: str) -> None:
    row = arrived(FLOW, FLOW.edge(edge), replace(ROW, done=done), BEGAN + until(3))
    assert (row.says, row.brief, row.mark, row.seconds(BEGAN)) == (says, brief, "done", 3.0)
