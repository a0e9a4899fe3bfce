"""A full disk, a read-only file, a stranger's file, a damaged or a newer one: one clear line, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.workflow.journal.sample import BEGAN, started
from titan_flow.states.chain import verify
from titan_flow.states.events import InterlockSeen, Record
from titan_flow.states.values import Interlock
from titan_flow.workflow.journal.errors import BadStore, Busy, DamagedJournal, JournalError, NewerJournal, Unwritable
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.journal.sqlite import SqliteJournal

BIG = InterlockSeen(interlock=Interlock.ARMED, says="x" * 3000)
LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from tests.workflow.journal.test_sqlite_errors import fill
from titan_flow.workflow.journal.location import open_journal
print(*fill(open_journal(sys.argv[1])), sep="\\n")
"""


def fill(journal: SqliteJournal) -> tuple[int, str]:
    """Appends until it fails; how many were acknowledged, and the error."""
    for after in range(10_000):
        try:
            journal.append("R", after, BIG if after else started(), BEGAN)
        except Unwritable as error:
            return after, str(error)
    raise AssertionError("never full")


def kept(url: str) -> list[Record]:
    with closing(open_journal(url)) as journal:
        return journal.read("R")


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that an unprivileged process can reach."""
    folder = Path(tempfile.mkdtemp(prefix="titan-journal-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def unprivileged(told: Callable[[], str]) -> str:
    """What `told` returns in a process that file modes bind: root's own would pass them."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            os.write(writing, told().encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def told_to_append(url: str) -> str:
    try:
        with closing(open_journal(url)) as journal:
            journal.append("R", 1, BIG, BEGAN)
    except JournalError as error:
        return f"{type(error).__name__}: {error}"
    return "appended"


def test_a_full_disk(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("a small file system needs root; the file size limit below covers this")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=500k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no tmpfs here: {mounted.stderr.decode().strip()}")
    try:
        url = f"sqlite:///{disk}/j.db"
        with closing(open_journal(url)) as journal:
            acknowledged, error = fill(journal)
            assert "is full" in error
            assert str(disk / "j.db") in error
            assert len(journal.read("R")) == acknowledged > 10
        assert len(kept(url)) == acknowledged
        subprocess.run(["mount", "-o", "remount,size=2m", str(disk)], check=True)
        with closing(open_journal(url)) as journal:
            journal.append("R", acknowledged, BIG, BEGAN)
        assert verify(kept(url))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/j.db"
    argv = [sys.executable, "-c", LIMITED, url]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    acknowledged, error = done.stdout.splitlines()
    assert str(tmp_path / "j.db") in error
    assert len(kept(url)) == int(acknowledged) > 10
    with closing(open_journal(url)) as journal:
        journal.append("R", int(acknowledged), BIG, BEGAN)


def test_a_read_only_file_and_folder_can_be_read(public: Path) -> None:
    url = f"sqlite:///{public}/j.db"
    with closing(open_journal(url)) as journal:
        journal.append("R", 0, started(), BEGAN)
    (public / "j.db").chmod(0o444)
    public.chmod(0o555)

    def told_to_read() -> str:
        with closing(open_journal(url, write=False)) as journal:
            return str(len(journal.read("R")))

    assert unprivileged(told_to_read) == "1"
    said = unprivileged(lambda: told_to_append(url))
    assert said.startswith("Unwritable")
    assert str(public / "j.db") in said


def test_a_folder_that_may_not_be_entered(public: Path) -> None:
    public.chmod(0o000)
    said = unprivileged(lambda: told_to_append(f"sqlite:///{public}/below/j.db"))
    assert said.startswith("Unwritable")
    assert "Permission denied" in said


def whole(tmp_path: Path) -> tuple[str, Path]:
    url, path = f"sqlite:///{tmp_path}/j.db", tmp_path / "j.db"
    with closing(open_journal(url)) as journal:
        for after in range(12):
            journal.append("R", after, BIG if after else started(), BEGAN)
    return url, path


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 2 : 4096 * 6] = b"\xa5" * (4096 * 4)
    path.write_bytes(bytes(data))


def tear(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def replaced(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 no database at all, but long enough to be taken for one" * 99)


def rewrite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE record SET line = replace(line, 'xxx', 'xyx') WHERE seq = 5")


def cut_out(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM record WHERE seq = 5")


def strange(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE bookmarks (url)")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (scribble, "damaged"),
        (tear, "damaged"),
        (replaced, "not a"),
        (strange, "another program's"),
        (rewrite, "record 5 was changed"),
        (cut_out, "record 5 is missing"),
    ],
)
def test_damage_is_named_and_never_read_as_truth(tmp_path: Path, damage: Callable[[Path], object], says: str) -> None:
    url, path = whole(tmp_path)
    damage(path)
    before = path.read_bytes()
    for write in (False, True):
        with pytest.raises(DamagedJournal, match=says) as caught, closing(open_journal(url, write=write)) as journal:
            journal.read("R")
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    url, path = whole(tmp_path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 3")
    for write in (False, True):
        with pytest.raises(NewerJournal, match="newer titan-flow"):
            open_journal(url, write=write)


def test_a_busy_file_is_waited_for_and_then_named(tmp_path: Path) -> None:
    url, path = whole(tmp_path)
    with closing(open_journal(url, patience=0.2)) as journal, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match=r"0\.2 s"):
            journal.append("R", 12, BIG, BEGAN)
        assert len(journal.read("R")) == 12  # readers do not wait for writers
        other.rollback()
        journal.append("R", 12, BIG, BEGAN)


@pytest.mark.parametrize("url", ["/tmp/j.db", "sqlite:///", "sqlite://x", "nats://h", "postgres://h/db", "sqlite:///."])
def test_what_is_no_store(url: str) -> None:
    with pytest.raises(BadStore, match="sqlite:///"):
        open_journal(url)


def test_it_is_the_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("TITAN_FLOW_STORE", raising=False)
    with closing(open_journal()) as journal:
        journal.append("R", 0, started(), BEGAN)
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "titan-flow").iterdir()}
        assert modes == {"journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}
    assert (tmp_path / "titan-flow").stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("TITAN_FLOW_STORE", f"sqlite:///{tmp_path}/other.db")
    assert open_journal().summaries() == []


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with closing(open_journal(f"sqlite:///{tmp_path}/no/j.db", write=False)) as journal:
        assert journal.summaries() == []
        with pytest.raises(JournalError):
            journal.append("R", 0, started(), BEGAN)
    assert list(tmp_path.iterdir()) == []
