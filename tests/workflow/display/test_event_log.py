"""One line per event, one JSON object per record; nothing steers a terminal, and no reader stops a run."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from typing import get_args

import pytest

from tests.workflow.display.stories import rolled_back
from tests.workflow.journal.sample import records
from titan_flow.states import events as e
from titan_flow.states.chain import line, verify
from titan_flow.states.durations import span
from titan_flow.states.values import Answer
from titan_flow.workflow.display.event_log import JsonLines, Lines, line_of
from titan_flow.workflow.display.event_text import event_text
from titan_flow.workflow.display.terminal import cut, one_line, visible, width

EVIL = "\x1b[2J\x1b]0;pwned\x07ok\r\x9b31m\u202egpj.exe\nsecond"


def test_the_line_of_the_contract() -> None:
    failed = next(record for record in records() if isinstance(record.event, e.AttemptFailed))
    wanted = "2026-11-24T14:02:08Z 7Q3F pull/1 attempt 1 of 3 failed: registry said 503; next in 2.1 s"
    assert line_of(failed) == wanted


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


def test_one_line_for_each_event_on_the_given_stream() -> None:
    stream = io.StringIO()
    shows = Lines(stream)
    for record in rolled_back().records:
        shows.show(record)
    shows.close()
    shows.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == len(rolled_back().records)
    assert all(re.match(r"2026-11-24T14:\d\d:\d\dZ 7Q3F \S", text) for text in lines)


def test_json_lines_are_the_records(capsys: pytest.CaptureFixture[str]) -> None:
    shows = JsonLines()
    for record in records():
        shows.show(record)
    printed = capsys.readouterr().out.splitlines()
    assert printed == [line(record) for record in records()]
    assert {"run", "seq", "at", "kind", "prev", "hash"} <= set(json.loads(printed[0]))
    assert verify(records())


def test_what_comes_from_hosts_cannot_steer_the_terminal() -> None:
    assert visible(EVIL) == "␛[2J␛]0;pwned␛ok␛␛31m␛gpj.exe\nsecond"
    assert one_line(EVIL) == "␛[2J␛]0;pwned␛ok␛␛31m␛gpj.exe second"
    failed = e.AttemptFailed(step="a/1", attempt=1, attempts=1, reason=EVIL, known=True)
    assert not set(event_text(failed)) & set("\x1b\x07\x9b\r\n\u202e")


def test_wide_letters_are_counted_as_they_are_shown() -> None:
    assert (width("a部署b"), width("e\u0301")) == (6, 1)
    assert (cut("a部署b", 3), one_line("a部署b", 4)) == ("a部", "a部…")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"), (0.04, "0.0 s"), (2.1, "2.1 s"), (59.94, "59.9 s"), (59.96, "1 m"), (250, "4 m 10 s"),
        (3600, "1 h"), (3900, "1 h 5 m"), (176_400, "2 d 1 h"), (-3, "0.0 s"),
    ],
)  # fmt: skip
def test_spans(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


SHOWS = """
from tests.workflow.journal.sample import records
from titan_flow.workflow.display.event_log import JsonLines
shows = JsonLines()
for _ in range(2000):
    for record in records()[:3]:
        shows.show(record)
print("went on", file=__import__("sys").stderr)
"""


@pytest.mark.slow
def test_a_reader_that_goes_away_does_not_stop_the_run() -> None:
    process = subprocess.Popen([sys.executable, "-c", SHOWS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    assert (process.wait(30), said) == (0, "went on\n")


def test_failing_checks_are_shown() -> None:
    answers = {"v/1": Answer.YES, "v/2": Answer.NO}
    hold = e.HoldLooked(transition="v", samples=0, needed=3, answers=answers, seen={"v/2": "503"})
    assert event_text(hold) == "v held 0 of 3, 1 of 2 checks passed; v/2: 503"
