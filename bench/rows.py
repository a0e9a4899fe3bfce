"""Rows of measurements: one JSON object a line, and the tables that are made from them."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

Value = str | int | float
Row = dict[str, Value]


def read(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def append(file: Path, row: Row) -> None:
    with file.open("a") as rows:
        rows.write(json.dumps(row, ensure_ascii=False) + "\n")


def where(rows: Iterable[Row], **fields: Value) -> list[Row]:
    """The rows with these values."""
    return [row for row in rows if all(row.get(name) == value for name, value in fields.items())]


def values(rows: Iterable[Row], key: str) -> list[Value]:
    """The different values of a field, in the order in which they come."""
    return list(dict.fromkeys(row[key] for row in rows if key in row))


def median(rows: Iterable[Row], key: str) -> float:
    return statistics.median(float(row[key]) for row in rows)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """In Markdown, in columns: it is read in a terminal too. The first column is text, the others are figures."""
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def row(cells: Sequence[str]) -> str:
        first, *others = cells
        padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        return f"| {' | '.join(padded)} |"

    return "\n".join([row(head), row(rule), *(row(line) for line in lines)])


def missing(rows: Iterable[Row]) -> str:
    """A line for each thing that could not be measured."""
    said = [f"{row.get('tool', 'this part')}: {row['missing']}" for row in rows if "missing" in row]
    return "".join(f"\n\nNot measured: {line}." for line in dict.fromkeys(said))
