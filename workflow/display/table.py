"""A table that fits the terminal: what is least important gives way first."""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size

from titan_flow.workflow.display.terminal import cut, one_line, width

SHORTEST = 12
"""columns that a cell keeps at least before the next column gives way"""


def columns() -> int:
    """What stdout has room for; COLUMNS is obeyed, and without a terminal it is 80."""
    return max(get_terminal_size((80, 24)).columns, 40)


def table(rows: Sequence[Sequence[str]], room: int, yielding: Sequence[int] = ()) -> list[str]:
    """Lines of at most `room` columns. `yielding`: the columns (from 0) that are cut, then left out, in that order."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = {n: max(width(row[n]) for row in cells) for n in range(len(cells[0]))}
    for n in yielding:
        over = _whole(widths) - room
        if over <= 0:
            break
        if widths[n] - over >= min(SHORTEST, widths[n]):
            widths[n] -= over
        else:
            del widths[n]
    return [_line(row, widths, room) for row in cells]


def _whole(widths: dict[int, int]) -> int:
    return sum(widths.values()) + 2 * (len(widths) - 1)


def _line(row: Sequence[str], widths: dict[int, int], room: int) -> str:
    shown = [one_line(row[n], wide) for n, wide in widths.items()]
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(shown, widths.values(), strict=True))
    line = "  ".join(padded).rstrip()
    return line if width(line) <= room else f"{cut(line, room - 1)}…"
