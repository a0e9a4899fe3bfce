"""Each event as one line of its own words."""

from __future__ import annotations

from typing import get_args

from tests.workflow.journal.sample import records
from titan_flow.states import events as e
from titan_flow.states.values import Answer
from titan_flow.workflow.display.event_text import event_text

EVIL = "\x1b[2J\x1b]0;pwned\x07ok\r\x9b31m\u202egpj.exe\nsecond"


HOST = e.HostActed(
    epoch=3, began="2026-11-24T02:14:07Z", silent=120, do="rollback", state="done", tries=1, driver="olga@laptop"
)


def test_what_the_host_did_is_one_sentence() -> None:
    when = "at 2026-11-24 02:14:07 UTC, 2 m after the last word from olga@laptop"
    failed = HOST.model_copy(update={"state": "failed", "tries": 6, "says": "docker is down"})
    assert event_text(HOST) == f"rolled back by the host {when}"
    assert event_text(HOST.model_copy(update={"do": "disarm"})) == f"a disarm was sent by the host {when}"
    assert event_text(failed) == f"the host began {when}, but has not rolled back: 6 tries failed: docker is down"


def test_every_kind_of_event_has_words_of_its_own() -> None:
    people = [e.NotifyIntended(acts={"h/1": {}}), e.Notified(step="h/1", use="http.post", sent=False, says="503")]
    alone = HOST.model_copy(update={"state": "fired"})
    lines = {event.kind: event_text(event) for event in (*(record.event for record in records()), *people, alone)}
    assert set(lines) == {kind.model_fields["kind"].default for kind in get_args(e.Event)}
    for kind, text in lines.items():
        assert text != kind, f"{kind} is not told"
        assert "\n" not in text


def test_no_event_steers_the_terminal() -> None:
    failed = e.AttemptFailed(step="a/1", attempt=1, attempts=1, reason=EVIL, known=True)
    assert not set(event_text(failed)) & set("\x1b\x07\x9b\r\n\u202e")


def test_failing_checks_are_shown() -> None:
    answers = {"v/1": Answer.YES, "v/2": Answer.NO}
    hold = e.HoldLooked(transition="v", samples=0, needed=3, answers=answers, seen={"v/2": "503"})
    assert event_text(hold) == "v held 0 of 3, 1 of 2 checks passed; v/2: 503"
