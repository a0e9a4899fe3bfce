"""What a run looks like while it moves, and when it has ended: one stream of records, two renderers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol, TextIO

from titan_flow.states.events import Record
from titan_flow.states.model import Flow
from titan_flow.workflow.display.event_log import JsonLines, Lines


def drawn(stream: TextIO) -> bool:
    """Whether a path can be drawn in place there."""
    return stream.isatty() and _able()


def _able() -> bool:
    return os.environ.get("TERM", "dumb") not in ("dumb", "unknown")


class Progress(Protocol):
    """Shows records as they become durable. Showing never fails a run."""

    def show(self, record: Record) -> None: ...

    def close(self) -> None:
        """Leaves the last frame; may be called twice."""
        ...


def progress(flow: Flow, json: bool, terminal: bool, before: Sequence[Record] = ()) -> Progress:
    """JSON lines on stdout; else, on stderr, the live path on a terminal and one line per event elsewhere.

    `before` are the records of a run that continues: the path then shows the whole of it.
    """
    if json:
        return JsonLines()
    if terminal and _able():
        from titan_flow.workflow.display.live import Drawn  # with rich: 58 modules

        return Drawn(flow, before)

    return Lines()
