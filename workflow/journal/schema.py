"""The file's own shape: what makes a SQLite file a journal, and which of them this titan-flow can write."""

from __future__ import annotations

import sqlite3

from titan_flow.workflow.journal.errors import DamagedJournal, NewerJournal

APPLICATION = 0x54464C57  # "TFLW", as `file` shows it
VERSION = 1

_TABLES = (
    """CREATE TABLE record (
        run TEXT NOT NULL, seq INTEGER NOT NULL CHECK (seq > 0), kind TEXT NOT NULL, hash TEXT NOT NULL,
        line TEXT NOT NULL, PRIMARY KEY (run, seq))""",
    "CREATE INDEX beginning ON record (seq) WHERE seq = 1",
)


def prepare(db: sqlite3.Connection, path: str, write: bool) -> None:
    """Sets the connection up, and a new file too. Raises NewerJournal, DamagedJournal, sqlite3.Error."""
    db.execute("PRAGMA synchronous = FULL")
    if not _known(db, path):
        db.execute("PRAGMA journal_mode = WAL")
        _create(db, path)
    if not write:
        db.execute("PRAGMA query_only = ON")


def _create(db: sqlite3.Connection, path: str) -> None:
    """Several processes may come here at once: the first one creates."""
    db.execute("BEGIN IMMEDIATE")
    try:
        if not _known(db, path):
            for statement in _TABLES:
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _known(db: sqlite3.Connection, path: str) -> bool:
    """It is a journal already; False for an empty file."""
    application, version = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("application_id", "user_version")
    )
    if application == 0 and version == 0 and db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        return False
    if application != APPLICATION:
        raise DamagedJournal(f"{path} is another program's database, not a journal; name one: --store sqlite:///PATH")
    if version > VERSION:
        raise NewerJournal(
            f"the journal {path} was made by a newer titan-flow (its format is {version}, this one knows {VERSION}); "
            "install the newer one, or name another: --store sqlite:///PATH"
        )
    return True
