"""Rows into lines of styled text, as wide as the terminal is. Colour is never the only carrier of a meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from shutil import get_terminal_size
from typing import TextIO

from titan_flow.states.durations import span
from titan_flow.workflow.display.row import Mark, Row
from titan_flow.workflow.display.terminal import one_line, width

Spans = list[tuple[str, str]]
"""pieces of one line, each with rich's name of its style"""

GLYPHS: dict[Mark, tuple[str, str]] = {
    "done": ("✓", "green"),
    "failed": ("✗", "bold red"),
    "now": ("●", "bold cyan"),
    "parked": ("?", "bold yellow"),
    "ahead": ("○", "dim"),
}
ROOM_FOR_AIMS, ROOM_FOR_FAILED = 90, 70
"""columns from which what lies ahead shows where its failure would lead; and from which what failed does"""


def path_lines(rows: Sequence[Row], columns: int, now: datetime) -> list[Spans]:
    """One line a row: glyph, title, time, what is said, and at the right where its failure leads."""
    title = min(max((width(row.title) for row in rows), default=0), max(16, columns // 3))
    aims = min(max((width(_aim(row, columns)) for row in rows), default=0), columns // 3)
    return [_line(row, title, aims, columns, now) for row in rows]


def _aim(row: Row, columns: int) -> str:
    if row.mark == "done":
        return ""
    return row.aim if columns >= (ROOM_FOR_FAILED if row.mark == "failed" else ROOM_FOR_AIMS) else ""


def _line(row: Row, title: int, aims: int, columns: int, now: datetime) -> Spans:
    glyph, style = GLYPHS[row.mark]
    spent = row.seconds(now)
    aim = one_line(_aim(row, columns), aims)
    before = f" {glyph} {_padded(one_line(row.title, title), title)} {span(spent) if spent is not None else '':>9}"
    room = columns - width(before) - (aims + 2 if aim else 0) - 3
    said = fitting(_parts(row, now), row.brief, room) if room > 1 else ""
    middle = _padded(f"   {said}", max(room, 0) + 3) if aim else f"   {said}" if said else ""
    quiet = "dim" if row.mark == "ahead" else ""
    spans = [(before[:2], style), (before[2:], quiet), (middle, "red" if row.mark == "failed" else quiet)]
    return [*spans, (f"  {aim}", "bold red" if row.mark == "failed" else "dim")] if aim else spans


def _parts(row: Row, now: datetime) -> str:
    left = (row.until - now).total_seconds() if row.mark == "now" and row.until is not None else 0.0
    if row.watches and left > 0:
        return f"{span(left)} left · {row.says}"
    waits = f"  (at most {span(left)} more)" if left > 0 else ""
    return f"{row.says}{f'  {row.note}' if row.note else ''}{waits}"


def fitting(text: str, brief: str, columns: int) -> str:
    """As much as fits: all of it, or the brief form, or whole parts of that, or else cut."""
    flat, brief = one_line(text), one_line(brief or text)
    if width(flat) <= columns:
        return flat
    if width(brief) <= columns:
        return brief
    kept = ""
    for part in re.findall(r".+?(?:[;,] |$)", brief):
        if width(kept + part) + 1 > columns:
            break
        kept += part
    return f"{kept.rstrip()} …" if width(kept) > columns // 2 else one_line(brief, columns)


def terminal(stream: TextIO | None, otherwise: int) -> int:
    """Columns to write in: the terminal's, from 60 to 200, where the stream is one."""
    if stream is None or not stream.isatty():
        return otherwise
    return min(max(get_terminal_size().columns, 60), 200)


def ends(left: str, right: str, columns: int) -> str:
    """One line with something at both of its ends; the left one gives way."""
    left = one_line(left, max(columns - width(right) - 2, 10))
    return f"{_padded(left, columns - width(right))}{right}" if width(left) + width(right) < columns else left


def plain(spans: Spans) -> str:
    return "".join(text for text, _ in spans).rstrip()


def _padded(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))
