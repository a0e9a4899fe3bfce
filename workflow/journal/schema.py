"""The file's own shape: what makes a SQLite file a journal, and which of them this titan-flow can write."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime

from titan_flow.states.listing import RunSummary, advance, summary_of
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.journal import snapshots
from titan_flow.workflow.journal.errors import DamagedJournal, NewerJournal
from titan_flow.workflow.journal.parse import record_of

COLUMNS = tuple(field.name for field in fields(RunSummary))

APPLICATION = 0x54464C57  # "TFLW", as `file` shows it
VERSION = 2
"""1 had no summaries: they are made when it is opened"""

_TABLES = (
    """CREATE TABLE record (
        run TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), kind TEXT NOT NULL, hash TEXT NOT NULL,
        line TEXT NOT NULL, PRIMARY KEY (run, seq))""",
    "CREATE INDEX beginning ON record (seq) WHERE seq = 1",
)
_SUMMARY = """CREATE {kept} summary (
    run TEXT PRIMARY KEY, flow TEXT NOT NULL, environment TEXT NOT NULL, target TEXT NOT NULL, purpose TEXT NOT NULL,
    operator TEXT NOT NULL, "commit" TEXT NOT NULL, back TEXT NOT NULL, state TEXT NOT NULL, outcome TEXT NOT NULL,
    interlock TEXT NOT NULL, began TEXT NOT NULL, updated TEXT NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID"""
_PUT = f"INSERT OR REPLACE INTO summary VALUES ({', '.join(f':{name}' for name in COLUMNS)})"  # noqa: S608
LEARNED = "CREATE TABLE IF NOT EXISTS learned (run TEXT PRIMARY KEY) WITHOUT ROWID"
"""Runs that came from a host. Made when it is first needed: an older titan-flow does not miss it."""
_INDEXES = (
    "CREATE INDEX newest ON summary (began DESC, run DESC)",
    "CREATE INDEX kinds ON record (run, kind, seq)",
)


def prepare(db: sqlite3.Connection, path: str, write: bool) -> None:
    """Sets the connection up, and a new file or one of an older format too.

    A file that may only be read is not changed: its summaries are then made beside it, in memory. Raises NewerJournal,
    DamagedJournal, sqlite3.Error.
    """
    db.execute("PRAGMA synchronous = FULL")
    version = _version(db, path)
    if version == 0:
        db.execute("PRAGMA journal_mode = WAL")
    if write or version == 0:
        _upgrade(db, path)
    elif version < VERSION:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute(_SUMMARY.format(kept="TEMP TABLE"))
        summarize(db, path)
    if not write:
        db.execute("PRAGMA query_only = ON")


def _upgrade(db: sqlite3.Connection, path: str) -> None:
    """Several processes may come here at once: the first one makes it."""
    if _version(db, path) == VERSION and snapshots.prepared(db):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db, path)
        for statement in _TABLES if version == 0 else ():
            db.execute(statement)
        if version < VERSION:
            db.execute(_SUMMARY.format(kept="TABLE"))
            summarize(db, path)
            for statement in _INDEXES:
                db.execute(statement)
        snapshots.prepare(db, path)
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def summarize(db: sqlite3.Connection, path: str, run: str | None = None) -> None:
    """Rebuilds the summaries from the records: of one run, or of all. Raises DamagedJournal, NewerJournal."""
    which, values = ("WHERE run = ?", (run,)) if run is not None else ("", ())
    rows = db.execute(f"SELECT line FROM record {which} ORDER BY run, seq", values)  # noqa: S608 - no value is in it
    found: RunSummary | None = None
    for (line,) in rows:
        record = record_of(str(line), path)
        if found is not None and found.run == record.run:
            found = advance(found, record)
            continue
        if found is not None:
            put(db, found)
        found = summary_of(record)
    if found is not None:
        put(db, found)


def disagreement(row: Sequence[object]) -> str:
    """What a row of `record` (run, seq, kind, hash, line) says of its line that the line does not; "" for nothing."""
    try:
        body: object = json.loads(str(row[4]))
    except (ValueError, RecursionError):
        return ""  # no record: the chain says so
    if not isinstance(body, dict):
        return ""
    said: dict[str, object] = body  # pyright: ignore[reportUnknownVariableType]
    wrong = [name for name, value in zip(("run", "seq", "kind", "hash"), row, strict=False) if said.get(name) != value]
    return f"is filed under another {' and '.join(wrong)} than it says itself" if wrong else ""


def put(db: sqlite3.Connection, summary: RunSummary) -> None:
    db.execute(_PUT, {**vars(summary), "began": _stored(summary.began), "updated": _stored(summary.updated)})


def _got(row: Sequence[object]) -> RunSummary:
    values = dict(zip(COLUMNS, map(str, row), strict=True))
    return RunSummary(
        **{name: values[name] for name in COLUMNS[:9]},
        outcome=Outcome(values["outcome"]),
        interlock=Interlock(values["interlock"]),
        began=datetime.fromisoformat(values["began"]),
        updated=datetime.fromisoformat(values["updated"]),
        seq=int(values["seq"]),
    )


def readable_summary(row: Sequence[object]) -> RunSummary | None:
    """None where the row was changed into something else than a summary."""
    try:
        return _got(row)
    except ValueError:
        return None


def _stored(at: datetime) -> str:
    """A time sorts as its text does."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _version(db: sqlite3.Connection, path: str) -> int:
    """Of the journal that is there; 0 for an empty file."""
    application, version = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
    )
    if application == 0 and version == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        return 0
    if application != APPLICATION:
        raise DamagedJournal(f"{path} is another program's database, not a journal; name one: --store sqlite:///PATH")
    if version > VERSION:
        raise NewerJournal(
            f"the journal {path} was made by a newer titan-flow (its format is {version}, this one knows {VERSION}); "
            "install the newer one, or name another: --store sqlite:///PATH"
        )
    return version
