"""How a run stands, without reading it from its beginning: the fold of its first records is kept beside them.

The records are the truth. A snapshot is used only where its seal fits its text, where this version of the fold made it,
where its head is the hash of the record that it ends with, and where the records that count tell the same. Else all
records are read instead.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from titan_flow.states.events import Record
from titan_flow.states.hashing import intact
from titan_flow.states.outline import ONE_OF_ITS_KIND, SUPERSEDED, Account, same_standing
from titan_flow.states.run import fold
from titan_flow.states.snapshot import BEGINS, Snapshot, read, seal, snapshot_of, text_of
from titan_flow.workflow.journal.errors import DamagedJournal, JournalError
from titan_flow.workflow.journal.parse import record_of, stream

EVERY = 1000
"""records between two snapshots: `status` reads fewer than these, and those that it shows"""
PAGE = 500
"""records that are read at once from a long run"""
_TABLE = """CREATE TABLE snapshot (
    run TEXT PRIMARY KEY, seq INTEGER NOT NULL, head TEXT NOT NULL, text TEXT NOT NULL, seal TEXT NOT NULL)
    WITHOUT ROWID"""

Rows = Callable[..., list[tuple[object, ...]]]
"""The rows of an SQL text and its values."""


def due(first: int, last: int) -> bool:
    """Whether a snapshot is to be made once records number `first` to `last` are written."""
    return (first - 1) // EVERY != last // EVERY


def prepared(db: sqlite3.Connection) -> bool:
    """Whether there are snapshots, all of them of this version of the fold."""
    return _there(_rows_of(db)) and not _outdated(db)


def prepare(db: sqlite3.Connection, path: str) -> None:
    """Makes the table where there is none, with a snapshot of each long run, and those of another version anew.

    An older titan-flow does not miss them.
    """
    runs = _outdated(db) if _there(_rows_of(db)) else _long(db)
    if not _there(_rows_of(db)):
        db.execute(_TABLE)
    for run in runs:
        db.execute("DELETE FROM snapshot WHERE run = ?", (run,))
        keep(db, path, run)


def _long(db: sqlite3.Connection) -> list[str]:
    return [str(run) for (run,) in db.execute("SELECT run FROM summary WHERE seq >= ?", (EVERY,))]


def _outdated(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("SELECT run FROM snapshot WHERE substr(text, 1, ?) != ?", (len(BEGINS), BEGINS))
    return [str(run) for (run,) in rows]


def keep(db: sqlite3.Connection, path: str, run: str, told: Sequence[Record] = ()) -> None:
    """Makes the snapshot of a run anew, in the transaction of its last records.

    `told` are the last records of it, where they are at hand; others are read. A run that cannot be read gets none.
    """
    rows = _rows_of(db)
    try:
        first = _first(rows, path, run)
        if first is None:
            return
        now = _with(kept(rows, first) or snapshot_of(first), told) or latest(rows, path, run)
    except (JournalError, ValueError):
        return
    if now is not None:
        text = text_of(now)
        row = (run, now.run.seq, now.run.head, text, seal(text))
        db.execute("INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?)", row)


def _with(snapshot: Snapshot, told: Sequence[Record]) -> Snapshot | None:
    """None where there are records between the two."""
    if not told or told[0].seq > snapshot.run.seq + 1:
        return None
    return snapshot.with_records(record for record in told if record.seq > snapshot.run.seq)


def account(rows: Rows, path: str, run: str) -> Account | None:
    """None for an unknown run. Each record of it is verified by its own hash, those since the snapshot by the chain.

    Raises DamagedJournal, NewerJournal.
    """
    first = _first(rows, path, run)
    if first is None:
        return None
    now = _since(kept(rows, first) or snapshot_of(first), rows, path)
    told = [_numbered(rows, path, run, seq) for seq in now.outline.numbers]
    if not _agrees(rows, now, told):
        now = _since(snapshot_of(first), rows, path)
        told = [_numbered(rows, path, run, seq) for seq in now.outline.numbers]
    return Account(now.run, told)


def _agrees(rows: Rows, now: Snapshot, told: Sequence[Record]) -> bool:
    """Whether the records that count tell the same of the run, and none of them was left out.

    So nobody decides by a snapshot that was forged together with its seal: the records would have to be, too.
    """
    others = (*SUPERSEDED, *ONE_OF_ITS_KIND)
    kept = rows(f"SELECT seq FROM record WHERE run = ? AND kind NOT IN ({_places(others)})", now.run.id, *others)  # noqa: S608
    last = rows(
        f"SELECT max(seq) FROM record WHERE run = ? AND kind IN ({_places(ONE_OF_ITS_KIND)}) GROUP BY kind",  # noqa: S608
        now.run.id,
        *ONE_OF_ITS_KIND,
    )
    if not {int(str(seq)) for (seq,) in (*kept, *last)} <= {record.seq for record in told}:
        return False
    return same_standing(fold(told), now.run)


def _places(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def latest(rows: Rows, path: str, run: str) -> Snapshot | None:
    """Of all the records of a run, from its last snapshot on. None for an unknown run."""
    first = _first(rows, path, run)
    if first is None:
        return None
    return _since(kept(rows, first) or snapshot_of(first), rows, path)


def _since(now: Snapshot, rows: Rows, path: str) -> Snapshot:
    """The same, with the records that follow it."""
    run = now.run.id
    return _advanced(now, stream(pages(rows, run, now.run.seq), path, run, now.run.seq, now.run.head))


def kept(rows: Rows, first: Record) -> Snapshot | None:
    """The snapshot of the run that begins with `first`, where there is one and it fits its records."""
    for head, text, sealed, hash in _stored(rows, first.run):
        found = read(str(text), first) if sealed == seal(str(text)) and head == hash else None
        if found is not None and (found.run.id, found.run.head) == (first.run, head):
            return found
    return None


def disagreement(rows: Rows, path: str, run: str) -> str:
    """What the snapshot of a run says that its records do not; "" for nothing. Reads every record up to it."""
    first, stored = _first(rows, path, run), _stored(rows, run)
    if first is None or not stored:
        return ""
    found = kept(rows, first)
    if found is None:
        return f"has a snapshot that does not fit it: `status` reads every record instead; {anew(run)}"
    told = stream(islice(pages(rows, run, 1), found.run.seq - 1), path, run, 1, first.hash)
    right = found == _advanced(snapshot_of(first), told)
    return "" if right else f"is not what the snapshot of this run says; {anew(run)}"


def anew(run: str) -> str:
    return f"make it anew: titan-flow audit {run} --rebuild"


def pages(rows: Rows, run: str, after: int = 0) -> Iterator[str]:
    """The lines of a run, page by page, so that nobody who appends waits for who reads."""
    while page := rows("SELECT seq, line FROM record WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?", run, after, PAGE):
        for seq, text in page:
            after = int(str(seq))
            yield str(text)


def _stored(rows: Rows, run: str) -> list[tuple[object, ...]]:
    """Head, text and seal of a run's snapshot, and the hash of the record that it ends with."""
    if not _there(rows):
        return []
    return rows("SELECT head, text, seal, hash FROM snapshot LEFT JOIN record USING (run, seq) WHERE run = ?", run)


def _there(rows: Rows) -> bool:
    return bool(rows("SELECT 1 FROM sqlite_schema WHERE name = 'snapshot'"))


def _rows_of(db: sqlite3.Connection) -> Rows:
    def rows(sql: str, *values: str | int) -> list[tuple[object, ...]]:
        return db.execute(sql, values).fetchall()

    return rows


def _advanced(snapshot: Snapshot, told: Iterator[tuple[Record, str]]) -> Snapshot:
    while more := [record for record, _ in islice(told, PAGE)]:
        snapshot = snapshot.with_records(more)
    return snapshot


def _first(rows: Rows, path: str, run: str) -> Record | None:
    lines = (str(line) for (line,) in rows("SELECT line FROM record WHERE run = ? AND seq = 1", run))
    return next((record for record, _ in stream(lines, path, run)), None)


def _numbered(rows: Rows, path: str, run: str, seq: int) -> Record:
    for hash, text in rows("SELECT hash, line FROM record WHERE run = ? AND seq = ?", run, seq):
        body = intact(str(text))
        if body is not None and (body.get("run"), body.get("seq"), body.get("hash")) == (run, seq, hash):
            return record_of(str(text), path)
    raise DamagedJournal(
        f"record {seq} of run {run} is not as it was written (in {path}); trust the host's copy instead"
    )
