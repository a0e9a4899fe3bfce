"""What a store lists or finds a run by, compared with the run's records. Of a run of any length, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.states.listing import RunSummary, advance, summary_of
from titan_flow.workflow.journal import snapshots
from titan_flow.workflow.journal.errors import JournalError
from titan_flow.workflow.journal.parse import record_of
from titan_flow.workflow.journal.schema import disagreement, readable_summary
from titan_flow.workflow.journal.snapshots import PAGE, Rows, anew

_COLUMNS = "SELECT run, seq, kind, hash, line FROM record WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?"


def disagreements(rows: Rows, path: str, run: str) -> list[tuple[int, str]]:
    """Sequence number and what is wrong, in words. What cannot be read is left to the findings of the chain."""
    found, summary, readable, last = list[tuple[int, str]](), None, True, 0
    for row in _each(rows, run):
        last = int(str(row[1]))
        if what := disagreement(row):
            found.append((last, what))
        try:
            summary = _later(summary, str(row[4]), path) if readable else None
        except (JournalError, ValueError):
            readable = False
    if not readable or summary is None:
        return found
    listed = rows("SELECT * FROM summary WHERE run = ?", run)
    if not listed or readable_summary(listed[0]) != summary:
        found.append((last, f"is not what `history` lists of this run; {anew(run)}"))
    try:
        if what := snapshots.disagreement(rows, path, run):
            found.append((last, what))
    except (JournalError, ValueError):
        pass
    return found


def _each(rows: Rows, run: str) -> Iterator[tuple[object, ...]]:
    last = 0
    while page := rows(_COLUMNS, run, last, PAGE):
        last = int(str(page[-1][1]))
        yield from page


def _later(summary: RunSummary | None, line: str, path: str) -> RunSummary:
    record = record_of(line, path)
    return summary_of(record) if summary is None else advance(summary, record)
