"""One line per event, one JSON object per record; nothing steers a terminal, and no reader stops a run."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys

import pytest

from tests.workflow.display.stories import rolled_back
from tests.workflow.journal.sample import records
from titan_flow.states import events as e
from titan_flow.states.chain import line, verify
from titan_flow.workflow.display.event_log import JsonLines, Lines, line_of


def test_the_line_of_the_contract() -> None:
    failed = next(record for record in records() if isinstance(record.event, e.AttemptFailed))
    wanted = "2026-11-24T14:02:08Z 7Q3F pull/1 attempt 1 of 3 failed: registry said 503; next in 2.1 s"
    assert line_of(failed) == wanted


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
