"""One line per event: for logs, pipes and CI."""

from __future__ import annotations

import sys
from typing import TextIO

from titan_flow.states.chain import line
from titan_flow.states.events import Record
from titan_flow.workflow.display.event_text import event_text
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.output import silence


def line_of(record: Record) -> str:
    """`2026-11-24T14:02:11Z 7Q3F pull/1 attempt 1 of 3 failed: registry said 503; next in 2.1 s`"""
    return f"{record.at:%Y-%m-%dT%H:%M:%SZ} {one_line(record.run)} {event_text(record.event)}"


class Stream:
    """Writes lines for as long as there is a reader. A reader that goes away never stops a run."""

    def __init__(self, to: TextIO) -> None:
        self._to: TextIO | None = to

    def write(self, text: str) -> None:
        if self._to is None:
            return
        try:
            print(text, file=self._to, flush=True)
        except OSError:
            silence(self._to)
            self._to = None

    def close(self) -> None:
        self._to = None


class Lines:
    """Events on stderr, for people."""

    def __init__(self, to: TextIO | None = None) -> None:
        self._stream = Stream(to or sys.stderr)

    def show(self, record: Record) -> None:
        self._stream.write(line_of(record))

    def close(self) -> None:
        self._stream.close()


class JsonLines:
    """Records on stdout, as `show --json` has them, for programs."""

    def __init__(self, to: TextIO | None = None) -> None:
        self._stream = Stream(to or getattr(sys.stdout, "plain", sys.stdout))

    def show(self, record: Record) -> None:
        self._stream.write(line(record))

    def close(self) -> None:
        self._stream.close()
