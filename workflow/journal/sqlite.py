"""Journals in one SQLite file: WAL, `synchronous=FULL` (NORMAL can lose an intent after its effect)."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from titan_flow.states.chain import sealed_line
from titan_flow.states.events import Event, Record
from titan_flow.states.hashing import GENESIS
from titan_flow.states.listing import UNFINISHED, RunSummary, advance, summarized, summary_of
from titan_flow.states.outline import Account
from titan_flow.workflow.journal.disagreements import disagreements
from titan_flow.workflow.journal.errors import DamagedJournal, Diverged, JournalError, NoSuchRun, Overtaken
from titan_flow.workflow.journal.parse import record_of, records_of, stream
from titan_flow.workflow.journal.schema import LEARNED, prepare, put, readable_summary, summarize
from titan_flow.workflow.journal.snapshots import EVERY, account, due, keep, pages
from titan_flow.workflow.journal.sqlite_errors import fault
from titan_flow.workflow.readable import readable

_BEFORE = "(began, run) < (SELECT began, run FROM summary WHERE run = ?)"
_UNFINISHED = "outcome IN ({})".format(", ".join(f"'{outcome}'" for outcome in UNFINISHED))


class SqliteJournal:
    """One connection, usable from several threads, one at a time; other processes wait for `patience` seconds at most.

    `uri` is SQLite's (`file:/path?mode=rw`), `path` what people are told. Raises JournalError where it is no journal.
    """

    def __init__(self, uri: str, path: str, write: bool = True, patience: float = 10.0) -> None:
        self.path, self._patience, self._lock = path, patience, threading.RLock()
        self._newest: RunSummary | None = None
        self._tail = list[Record]()  # of one run, what this journal wrote since its last snapshot
        with self._told():
            self._db = sqlite3.connect(
                uri, uri=True, timeout=patience, isolation_level=None, check_same_thread=False, cached_statements=32
            )
            try:
                prepare(self._db, path, write)
            except BaseException:
                self._db.close()
                raise

    def append(self, run: str, after: int, event: Event, at: datetime) -> Record:
        with self._of(run, after), self._transaction():
            entry = sealed_line(run, after + 1, at, event, self._head(run, after))
            summary = self._take([entry])
        self._took(summary, [entry])
        return entry[0]

    def extend(self, entries: Sequence[tuple[Record, str]]) -> None:
        first = entries[0][0]
        with self._of(first.run, first.seq - 1), self._transaction():
            if self._head(first.run, first.seq - 1) != first.prev:
                raise Overtaken(first.run, first.seq - 1)
            summary = self._take(entries)
        self._took(summary, entries)

    def read(self, run: str) -> list[Record]:
        return records_of(self.lines(run), self.path)

    def stream(self, run: str, after: int = 0, head: str = GENESIS) -> Iterator[tuple[Record, str]]:
        return stream(pages(self._rows, run, after), self.path, run if after else None, after, head)

    def account(self, run: str) -> Account | None:
        return account(self._rows, self.path, run)

    def lines(self, run: str) -> list[str]:
        return [str(text) for (text,) in self._rows("SELECT line FROM record WHERE run = ? ORDER BY seq", run)]

    def line(self, run: str, seq: int) -> str | None:
        found = self._rows("SELECT line FROM record WHERE run = ? AND seq = ?", run, seq)
        return str(found[0][0]) if found else None

    def disagreements(self, run: str) -> list[tuple[int, str]]:
        return disagreements(self._rows, self.path, run)

    def import_(self, lines: Iterable[str], learned: bool = False) -> list[Record]:
        theirs = list(lines)
        records = records_of(theirs, "the copy")
        if not records:
            raise DamagedJournal("the copy has no records; nothing was imported")
        run = records[0].run
        with self._transaction():
            ours = self.lines(run)
            shared = min(len(ours), len(theirs))
            if ours[:shared] != theirs[:shared]:
                raise Diverged(
                    f"the copy of run {run} and the one in {self.path} differ; "
                    f"nothing was imported. Look at both: titan-flow events {run}"
                )
            if learned and not ours:
                self._db.execute(LEARNED)
                self._db.execute("INSERT OR IGNORE INTO learned VALUES (?)", (run,))
            for record, text in zip(records[shared:], theirs[shared:], strict=True):
                self._insert(record, text)
            summarize(self._db, self.path, run)
            if due(shared + 1, len(theirs)):
                keep(self._db, self.path, run)
        self._newest, self._tail = None, []
        return self.read(run)

    def rebuild(self, run: str) -> None:
        """See `Journal.rebuild`."""
        with self._transaction():
            self._db.execute("DELETE FROM snapshot WHERE run = ?", (run,))
            summarize(self._db, self.path, run)
            if self.last(run) >= EVERY:
                keep(self._db, self.path, run)

    def learned(self, run: str) -> bool:
        if not self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'learned'"):
            return False
        return bool(self._rows("SELECT 1 FROM learned WHERE run = ?", run))

    def summaries(
        self,
        environment: str | None = None,
        flow: str | None = None,
        target: str | None = None,
        most: int | None = None,
        unfinished: bool = False,
        before: str | None = None,
    ) -> list[RunSummary]:
        wanted = {"environment = ?": environment, "flow = ?": flow, "target = ?": target, _BEFORE: before}
        named = {condition: value for condition, value in wanted.items() if value is not None}
        conditions = [*named, _UNFINISHED] if unfinished else [*named]
        which = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        limit = f" LIMIT {most:d}" if most is not None else ""
        sql = f"SELECT * FROM summary {which}ORDER BY began DESC, run DESC{limit}"  # noqa: S608 - column names of ours
        return [self._summary(str(row[0]), row) for row in self._rows(sql, *named.values())]

    def of_run(self, run: str, kind: str) -> list[Record]:
        rows = self._rows("SELECT line FROM record WHERE run = ? AND kind = ? ORDER BY seq DESC", run, kind)
        return [record_of(str(text), self.path) for (text,) in rows]

    def last(self, run: str) -> int:
        ((seq,),) = self._rows("SELECT coalesce(max(seq), 0) FROM record WHERE run = ?", run)
        return int(str(seq))

    def find(self, name: str) -> str:
        sql = "SELECT run FROM record WHERE seq = 1 AND substr(run, 1, length(?)) = ? COLLATE NOCASE ORDER BY run"
        found = [str(run) for (run,) in self._rows(sql, name, name)] if name else []
        exact = [run for run in found if run.lower() == name.lower()]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            raise NoSuchRun(f"{name} could be any of {', '.join(found[:8])}; give more of it")
        raise NoSuchRun(f"there is no run {name} in {self.path}; the runs it has: titan-flow history")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _head(self, run: str, after: int) -> str:
        if after == 0:
            return GENESIS
        row = self._db.execute("SELECT hash FROM record WHERE run = ? AND seq = ?", (run, after)).fetchone()
        if row is None:
            raise Overtaken(run, after)
        return str(row[0])

    @contextmanager
    def _of(self, run: str, after: int) -> Generator[None]:
        """What goes wrong names the run, once it is on record."""
        try:
            yield
        except JournalError as error:
            error.run = run if after else None
            raise

    def _take(self, entries: Sequence[tuple[Record, str]]) -> RunSummary:
        """The records and the run's summary: all of it, or nothing. Raises Overtaken."""
        summary: RunSummary | None = None
        for record, text in entries:
            try:
                self._insert(record, text)
            except sqlite3.IntegrityError:
                raise Overtaken(record.run, record.seq - 1) from None
            summary = self._advanced(record, summary)
        if summary is None:
            raise ValueError("no records")
        put(self._db, summary)
        first, last = entries[0][0], entries[-1][0]
        if due(first.seq, last.seq):
            keep(self._db, self.path, first.run, [*self._before(first), *(record for record, _ in entries)])
        return summary

    def _before(self, record: Record) -> list[Record]:
        """The records just before it, as far as this journal wrote them."""
        last = self._tail[-1] if self._tail else record
        return self._tail if (last.run, last.seq + 1) == (record.run, record.seq) else []

    def _took(self, summary: RunSummary, entries: Sequence[tuple[Record, str]]) -> None:
        """They are durable now."""
        first, last = entries[0][0], entries[-1][0]
        kept = [] if due(first.seq, last.seq) else self._before(first)
        kept += [record for record, _ in entries]
        self._newest, self._tail = summary, kept

    def _insert(self, record: Record, text: str) -> None:
        row = (record.run, record.seq, record.event.kind, record.hash, text)
        self._db.execute("INSERT INTO record (run, seq, kind, hash, line) VALUES (?, ?, ?, ?, ?)", row)

    def _advanced(self, record: Record, before: RunSummary | None) -> RunSummary:
        """The run's summary, one record later."""
        if record.seq == 1:
            return self._begun(record)
        before = before or self._newest
        if before is None or (before.run, before.seq) != (record.run, record.seq - 1):
            row = self._db.execute("SELECT * FROM summary WHERE run = ?", (record.run,)).fetchone()
            before = self._summary(record.run, row, record.seq - 1)
        return advance(before, record)

    def _summary(self, run: str, row: Sequence[object] | None, last: int | None = None) -> RunSummary:
        """As its row says. Where that is lost or damaged, its records up to number `last` say it.

        Raises DamagedJournal.
        """
        if row is not None and (found := readable_summary(row)) is not None:
            return found
        records = [record for record in self.read(run) if last is None or record.seq <= last]
        if not records:
            raise DamagedJournal(f"run {run} is listed in {self.path}, and has no records there")
        return summarized(records)

    def _begun(self, record: Record) -> RunSummary:
        try:
            return summary_of(record)
        except ValueError as wrong:
            raise DamagedJournal(f"{wrong} (in {self.path})") from None

    def _rows(self, sql: str, *values: str | int) -> list[tuple[object, ...]]:
        values = tuple(readable(value) if isinstance(value, str) else value for value in values)
        with self._told():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _transaction(self) -> Generator[None]:
        """One writer at a time: the lock is taken before anything is read."""
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _told(self) -> Generator[None]:
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise fault(error, self.path, self._patience) from error
