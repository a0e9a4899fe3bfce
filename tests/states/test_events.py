"""Events as lines: what is not set is not written, what is not known is refused, and old names are read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from tests.workflow.journal.sample import OLGA, events, started
from titan_flow.states import events as e
from titan_flow.states.values import Answer, Interlock, Outcome


@pytest.mark.parametrize("event", [*events()], ids=lambda event: event.kind)
def test_an_event_is_read_as_it_was_written(event: e.Event) -> None:
    read = e.any_event().validate_json(event.model_dump_json())
    assert type(read) is type(event) and read == event


def test_every_kind_has_its_own_name() -> None:
    kinds = [member.model_fields["kind"].default for member in e.Event.__args__]
    assert len(set(kinds)) == len(kinds)


LATER: list[tuple[Callable[[], e.Event], set[str]]] = [
    (lambda: e.StepDone(step="up/1", acted=True), {"down", "client", "interlocks"}),
    (lambda: e.StepIntended(step="up/1", saw=Answer.NO, act={}, key="k", epoch=1), {"interrupts"}),
    (lambda: e.AttemptFailed(step="up/1", attempt=1, attempts=1, reason="", known=True), {"client"}),
    (lambda: e.HoldLooked(transition="v", samples=1, needed=1, answers={}), {"down"}),
    (lambda: e.WatchLooked(state="A", samples=1, needed=1, answers={}, left=0.0), {"down"}),
    (
        lambda: e.RunEnded(state="A", outcome=Outcome.REACHED, interlock=Interlock.ARMED),
        {"rollback_to"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("make", "names"), LATER, ids=[row[0]().kind for row in LATER])
def test_a_field_that_came_later_is_left_out_where_it_is_not_set(make: Callable[[], e.Event], names: set[str]) -> None:
    """Else the line of an older record, and with it the hash in the chain, would not be the same."""
    event = make()
    assert not names & set(event.model_dump(mode="json"))
    assert all(getattr(event, name) is None for name in names)


@pytest.mark.parametrize(
    ("event", "name", "written"),
    [
        (e.StepDone(step="up/1", acted=True, down=()), "down", []),
        (e.StepDone(step="up/1", acted=True, interlocks={}), "interlocks", {}),
        (e.RunEnded(state="A", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN, rollback_to=""), "rollback_to", ""),
    ],
)
def test_seen_and_empty_is_not_the_same_as_not_seen(event: e.Event, name: str, written: object) -> None:
    assert event.model_dump(mode="json")[name] == written


def test_the_old_name_of_the_last_disarm_stays_in_the_journal() -> None:
    body = started().model_copy(update={"last_disarm": 7}).model_dump(mode="json")
    assert body["brakes"] == 7 and "last_disarm" not in body
    assert e.RunStarted.model_validate(body).last_disarm == 7
    assert (
        e.RunStarted.model_validate({**started().model_dump(exclude={"last_disarm"}), "last_disarm": 3}).last_disarm
        == 3
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "run.resume"},
        {"kind": None},
        {"kind": "run.resumed"},
        {"kind": "run.resumed", "operator": OLGA.model_dump(), "more": 1},
        {"kind": "step.answered", "step": "a/1", "answer": "maybe", "operator": OLGA.model_dump()},
        {"kind": "run.parked", "why": "bored", "question": "?"},
        {"kind": "interlock.seen", "interlock": "open"},
        {"kind": "driver.took", "epoch": "one", "operator": OLGA.model_dump(), "pid": 1},
    ],
)
def test_what_is_not_known_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        e.any_event().validate_python(body)


def test_an_event_does_not_change_once_it_is_made() -> None:
    with pytest.raises(ValidationError):
        started().state = "Armed"
