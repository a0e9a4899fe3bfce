"""The path, redrawn in place during a run; the last frame stays in the scrollback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from titan_flow.states.events import Record
from titan_flow.states.model import Flow
from titan_flow.workflow.display.header import header
from titan_flow.workflow.display.layout import path_lines
from titan_flow.workflow.display.row import Row
from titan_flow.workflow.display.timeline import rows

FRAMES = 8
"""a second"""


def _now() -> datetime:
    return datetime.now(UTC)


class _Console(Console):
    """Never hides the cursor, so that no signal, not even SIGKILL, can leave it hidden."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class Drawn:
    """Draws on stderr. `before` are the records of a run that continues."""

    def __init__(
        self, flow: Flow, before: Sequence[Record] = (), to: TextIO | None = None, now: Callable[[], datetime] = _now
    ) -> None:
        self._flow, self._records, self._now = flow, list(before), now
        self._rows: list[Row] = rows(flow, self._records)
        self._console = _Console(file=to or sys.stderr, highlight=False, markup=False, emoji=False)
        self._live: Live | None = None

    def show(self, record: Record) -> None:
        self._records.append(record)
        self._rows = rows(self._flow, self._records)
        if self._live is None:
            self._live = Live(
                console=self._console, get_renderable=self._frame, refresh_per_second=FRAMES, transient=False
            )
            self._live.start()

    def close(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            live.stop()

    def _frame(self) -> Text:
        columns = min(self._console.width, 200)
        lines = [*header(self._records, columns), *path_lines(self._rows, columns, self._now()), []]
        return Text("\n", no_wrap=True, overflow="crop").join(Text.assemble(*spans) for spans in lines)
