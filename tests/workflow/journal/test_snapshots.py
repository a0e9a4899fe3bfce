"""How a long run stands is read from its last snapshot; wherever that is wrong or missing, from the records."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.workflow.journal.sample import BEGAN, OLGA, started
from titan_flow.states import events as e
from titan_flow.states.chain import opened, sealed_line
from titan_flow.states.hashing import GENESIS
from titan_flow.states.outline import Account, outlined
from titan_flow.states.run import fold
from titan_flow.states.snapshot import FOLD, Snapshot, seal, text_of
from titan_flow.states.values import Answer, Interlock, Json, Outcome
from titan_flow.workflow.journal.errors import DamagedJournal
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.journal.snapshots import EVERY
from titan_flow.workflow.journal.sqlite import SqliteJournal

GOLDEN = Path(__file__).parents[2] / "golden"
Line = tuple[e.Record, str]


def sealed(run: str, told: Sequence[e.Event]) -> Iterator[Line]:
    head = GENESIS
    for seq, event in enumerate(told, 1):
        record, line = sealed_line(run, seq, BEGAN + timedelta(seconds=seq), event, head)
        head = record.hash
        yield record, line


def watched(count: int) -> list[e.Event]:
    """A run of `count` records: samples of its watch, and once in a while it is parked and resumed."""
    told: list[e.Event] = [started(), e.DriverTook(epoch=1, operator=OLGA, pid=1)]
    while len(told) < count:
        number = len(told)
        if number % 400 == 0:
            told += [e.RunParked(why="stop", question="stopped"), e.RunResumed(operator=OLGA)]
        answers: dict[str, Answer] = {"Armed/1": Answer.YES}
        marks: dict[str, Json] = {"Armed/1": number}
        told.append(e.WatchLooked(state="Armed", samples=number, needed=9999, answers=answers, marks=marks, left=1.0))
    return told[:count]


class Store:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "j.db"

    def open(self, write: bool = True) -> SqliteJournal:
        return open_journal(f"sqlite:///{self.path}", write=write)

    def account(self) -> Account:
        with closing(self.open(write=False)) as journal:
            found = journal.account("LONG")
        assert found is not None
        return found

    def execute(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as db:
            return db.execute(sql, values).fetchall()

    def snapshot(self) -> int:
        """How many records the snapshot is made of; 0 where there is none."""
        return next((int(str(seq)) for (seq,) in self.execute("SELECT seq FROM snapshot")), 0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path)
    lines = list(sealed("LONG", watched(EVERY + 30)))
    with closing(made.open()) as journal:
        journal.extend(lines[: EVERY + 10])
        journal.extend(lines[EVERY + 10 :])
    return made


def whole(store: Store) -> list[e.Record]:
    with closing(store.open(write=False)) as journal:
        return journal.read("LONG")


def test_an_account_is_the_fold_of_every_record(store: Store) -> None:
    assert store.snapshot() == EVERY + 10
    found = store.account()
    assert found.run == fold(whole(store))
    assert len(found.records) < 40


def test_records_written_one_by_one_come_to_the_same(tmp_path: Path) -> None:
    store = Store(tmp_path)
    told = watched(2 * EVERY + 3)
    with closing(store.open()) as journal:
        journal.extend(list(sealed("LONG", told[: EVERY - 2])))
        for seq in range(EVERY - 2, EVERY + 2):
            journal.append("LONG", seq, told[seq], BEGAN + timedelta(seconds=seq + 1))
    assert store.snapshot() == EVERY
    with closing(store.open()) as journal:  # another process, which has not written what came before
        journal.extend(list(sealed("LONG", told))[EVERY + 2 : 2 * EVERY - 1])
        for seq in range(2 * EVERY - 1, 2 * EVERY + 3):
            journal.append("LONG", seq, told[seq], BEGAN)
    assert store.snapshot() == 2 * EVERY
    assert store.account().run == fold(whole(store))


def test_an_unknown_run_has_none(store: Store) -> None:
    with closing(store.open(write=False)) as journal:
        assert journal.account("NONE") is None


def test_a_journal_from_before_snapshots_gets_them_when_it_is_opened_to_be_written(store: Store) -> None:
    store.execute("DROP TABLE snapshot")
    assert store.account().run == fold(whole(store)), "and until then the records are read"
    store.open().close()
    assert store.snapshot() == EVERY + 30
    assert store.account().run == fold(whole(store))


def test_snapshots_of_another_version_are_made_anew(store: Store) -> None:
    store.execute("""UPDATE snapshot SET text = replace(text, '"fold":', '"fold":9')""")
    store.open().close()
    assert store.snapshot() == EVERY + 30
    with closing(store.open(write=False)) as journal:
        assert not journal.disagreements("LONG")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("journal-*.db")), ids=lambda path: path.stem)
def test_an_old_journal_is_migrated(path: Path, tmp_path: Path) -> None:
    store = Store(tmp_path)
    shutil.copy(path, store.path)
    with closing(store.open()) as journal:
        found = journal.account("7Q3F")
        assert found is not None and found.run == fold(journal.read("7Q3F"))
        assert not journal.disagreements("7Q3F")
    assert store.execute("SELECT 1 FROM sqlite_schema WHERE name = 'snapshot'")


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        """UPDATE snapshot SET text = replace(text, '"state":"Ready"', '"state":"Armed"')""",
        "UPDATE snapshot SET head = (SELECT hash FROM record WHERE seq = 5)",
        "UPDATE snapshot SET seq = seq - 1",
        "UPDATE snapshot SET text = 'x', seal = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'",
    ],
)
def test_a_snapshot_that_does_not_fit_is_not_believed_but_named(store: Store, change: str) -> None:
    store.execute(change)
    assert store.account().run == fold(whole(store))
    with closing(store.open(write=False)) as journal:
        assert [what for _, what in journal.disagreements("LONG") if "snapshot" in what]
    with closing(store.open()) as journal:  # the next one is made of the records again
        journal.extend(list(sealed("LONG", watched(2 * EVERY + 1)))[EVERY + 30 :])
        assert not journal.disagreements("LONG")
    assert store.account().run == fold(whole(store))


def test_a_snapshot_that_is_nested_too_deep_is_not_read(store: Store) -> None:
    store.execute("UPDATE snapshot SET text = ?, seal = ?", "[" * 100_000, seal("[" * 100_000))
    assert store.account().run == fold(whole(store))


def test_audit_names_a_snapshot_that_was_forged_as_a_whole(store: Store) -> None:
    first = whole(store)[: store.snapshot()]
    lie = Snapshot(fold(first), outlined(first[:5]))
    store.execute("UPDATE snapshot SET text = ?, seal = ?", text_of(lie), seal(text_of(lie)))
    with closing(store.open(write=False)) as journal:
        [(_, what)] = journal.disagreements("LONG")
    assert what == "is not what the snapshot of this run says; make it anew: titan-flow audit LONG --rebuild"


def forged(store: Store, lie: Snapshot) -> None:
    store.execute("UPDATE snapshot SET text = ?, seal = ?", text_of(lie), seal(text_of(lie)))


@pytest.mark.parametrize(
    "change",
    [
        {"ended": e.RunEnded(state="Armed", outcome=Outcome.REACHED, interlock=Interlock.ARMED)},
        {"state": "Armed"},
        {"parked": None},
        {"release": None},
        {"epoch": 9},
        {"interlock": Interlock.DISARMED},
    ],
    ids=lambda change: str(*change),
)
def test_nobody_decides_by_a_snapshot_that_was_forged_with_its_seal(store: Store, change: dict[str, object]) -> None:
    told = [*watched(EVERY + 9), e.RunParked(why="stop", question="stopped")]
    store.execute("DELETE FROM record")
    store.execute("DELETE FROM summary")
    with closing(store.open()) as journal:
        journal.extend(list(sealed("LONG", told)))
    first = whole(store)
    store.execute("DELETE FROM snapshot")
    store.execute("INSERT INTO snapshot VALUES ('LONG', ?, ?, '', '')", len(first), first[-1].hash)
    forged(store, Snapshot(replace(fold(first), **change), outlined(first)))
    assert store.account().run == fold(first)


def test_a_snapshot_that_leaves_a_record_out_is_not_believed(store: Store) -> None:
    told = [*watched(EVERY + 9), e.RunParked(why="stop", question="stopped")]
    store.execute("DELETE FROM record")
    store.execute("DELETE FROM summary")
    with closing(store.open()) as journal:
        journal.extend(list(sealed("LONG", told)))
    first = whole(store)
    lie = Snapshot(replace(fold(first), parked=None), outlined(first[:-1]))
    forged(store, lie)
    assert store.account().run.parked is not None


def test_it_is_made_anew_from_the_records(store: Store) -> None:
    first = whole(store)[: store.snapshot()]
    forged(store, Snapshot(replace(fold(first), state="Armed"), outlined(first)))
    store.execute("UPDATE summary SET outcome = 'rolled_back'")
    with closing(store.open()) as journal:
        assert len(journal.disagreements("LONG")) == 2
        journal.rebuild("LONG")
        assert journal.disagreements("LONG") == []
    assert store.snapshot() == EVERY + 30


@pytest.mark.parametrize("seq", [1, 2, EVERY + 20])
def test_a_record_that_is_read_is_verified(store: Store, seq: int) -> None:
    store.execute("UPDATE record SET line = replace(line, 'olga', 'eve') || ' ' WHERE seq = ?", seq)
    with pytest.raises(DamagedJournal, match=f"record {seq} "):
        store.account()


def test_a_run_that_cannot_be_read_is_written_on_without_a_snapshot(store: Store) -> None:
    store.execute("DELETE FROM snapshot")
    store.execute("UPDATE record SET line = line || ' ' WHERE seq = 3")
    with closing(store.open()) as journal:
        journal.extend(list(sealed("LONG", watched(2 * EVERY + 1)))[EVERY + 30 :])
        assert journal.last("LONG") == 2 * EVERY + 1
    assert store.snapshot() == 0


def test_the_fold_makes_what_it_made() -> None:
    """Where this fails because the fold means something else now: raise FOLD, and write its golden snapshot.

    Snapshots of an older fold are then not used. What it makes of golden records is the measure, not its source.
    """
    told = [opened(line) for line in (GOLDEN / "journal-1.jsonl").read_text().splitlines()]
    assert json.loads(text_of(Snapshot(fold(told), outlined(told)))) == json.loads(
        (GOLDEN / f"snapshot-{FOLD}.json").read_text()
    )
