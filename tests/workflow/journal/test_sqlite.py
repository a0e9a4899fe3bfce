"""Compare-and-set: exactly one writer wins each place, and what is acknowledged stays."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.workflow.journal.sample import BEGAN, events, records, started
from titan_flow.states.chain import line, verify
from titan_flow.states.events import InterlockSeen, RunParked
from titan_flow.states.values import Interlock
from titan_flow.workflow.journal.errors import Diverged, JournalError, NoSuchRun, Overtaken
from titan_flow.workflow.journal.location import open_journal

SEEN = InterlockSeen(interlock=Interlock.ARMED)

APPENDS = """
import sys
from datetime import UTC, datetime
from titan_flow.states.events import InterlockSeen
from titan_flow.states.values import Interlock
from titan_flow.workflow.journal.errors import Overtaken
from titan_flow.workflow.journal.location import open_journal
journal, last = open_journal(sys.argv[1]), int(sys.argv[2])
after = len(journal.lines("R"))
print("ready", flush=True)
sys.stdin.readline()
while after < last:
    try:
        journal.append("R", after, InterlockSeen(interlock=Interlock.ARMED, says=sys.argv[3]), datetime.now(UTC))
        after += 1
        print(after, flush=True)
    except Overtaken:
        after = len(journal.lines("R"))
journal.close()
"""


def appender(url: str, last: int, name: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", APPENDS, url, str(last), name]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def acknowledged(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    return [int(text) for text in process.stdout.read().split() if text != "ready"]


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_appends_read_back_as_written(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/j.db")
    wanted = records()
    for after, event in enumerate(events()):
        journal.append("7Q3F", after, event, wanted[after].at)
    assert journal.read("7Q3F") == wanted
    assert verify(journal.read("7Q3F")) == wanted[-1].hash


@pytest.mark.parametrize("after", [0, 1, 3, 99])
def test_only_the_place_behind_the_last_record_is_free(tmp_path: Path, after: int) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/j.db")
    for place, event in enumerate([started(), SEEN]):
        journal.append("R", place, event, BEGAN)
    with pytest.raises(Overtaken, match="titan-flow status R"):
        journal.append("R", after, SEEN, BEGAN)
    assert journal.append("R", 2, SEEN, BEGAN).seq == 3


@pytest.mark.slow
def test_of_several_processes_exactly_one_wins_each_place(tmp_path: Path) -> None:
    url, last = f"sqlite:///{tmp_path}/j.db", 121
    open_journal(url).append("R", 0, started(), BEGAN)
    writers = [appender(url, last, str(n)) for n in range(4)]
    go(*writers)
    won = Counter(seq for writer in writers for seq in acknowledged(writer))
    assert [writer.wait(30) for writer in writers] == [0] * 4
    assert won == Counter(range(2, last + 1))
    assert verify(open_journal(url).read("R"))


@pytest.mark.slow
def test_many_processes_may_make_the_file_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/j.db"
    writers = [appender(url, 0, str(n)) for n in range(6)]
    go(*writers)
    assert [writer.wait(30) for writer in writers] == [0] * 6


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 7, 40])
def test_a_killed_writer_loses_nothing_acknowledged(tmp_path: Path, after: int) -> None:
    url = f"sqlite:///{tmp_path}/j.db"
    open_journal(url).append("R", 0, started(), BEGAN)
    writer = appender(url, 1_000_000, "w")
    go(writer)
    assert writer.stdout is not None
    seen = [int(writer.stdout.readline()) for _ in range(after)]
    os.kill(writer.pid, signal.SIGKILL)
    seen += acknowledged(writer)
    assert writer.wait() == -signal.SIGKILL
    kept = open_journal(url).read("R")
    assert verify(kept)
    assert seen == list(range(2, seen[-1] + 1))
    assert seen[-1] <= len(kept) <= seen[-1] + 1  # one may be durable whose acknowledgement died with the writer


def test_runs_are_listed_newest_first_and_found_by_prefix(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/j.db")
    for place, (run, environment, flow) in enumerate([("7Q3F", "a", "x"), ("7QZZ", "b", "x"), ("B1", "a", "y")]):
        journal.append(run, 0, started(flow, environment), BEGAN.replace(hour=place + 1))
    journal.append("7Q3F", 1, RunParked(why="stop", question="?"), BEGAN)
    assert [one.run for one in journal.summaries()] == ["B1", "7QZZ", "7Q3F"]
    assert [one.run for one in journal.summaries(environment="a")] == ["B1", "7Q3F"]
    assert [(one.run, one.seq, one.updated) for one in journal.summaries("a", "x")] == [("7Q3F", 2, BEGAN)]
    assert journal.find("b") == "B1"
    assert journal.find("7q3") == "7Q3F"
    with pytest.raises(NoSuchRun, match="could be any of 7Q3F, 7QZZ"):
        journal.find("7")
    for name in ("zz", "", "%", "_"):
        with pytest.raises(NoSuchRun, match="titan-flow history"):
            journal.find(name)


@pytest.mark.parametrize(
    "change",
    ["UPDATE summary SET outcome = 'nonsense'", "UPDATE summary SET began = 'then'", "DELETE FROM summary"],
)
def test_a_summary_that_was_lost_or_damaged_is_named_and_made_again(tmp_path: Path, change: str) -> None:
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal:
        journal.append("7Q3F", 0, started("x", "a"), BEGAN)
        good = journal.summaries()
    with closing(sqlite3.connect(tmp_path / "j.db")) as db, db:
        db.execute(change)
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal:
        assert journal.summaries() == ([] if change.startswith("DELETE") else good)
        assert journal.disagreements("7Q3F") == [
            (1, "is not what `history` lists of this run; make it anew: titan-flow audit 7Q3F --rebuild")
        ]
        journal.append("7Q3F", 1, SEEN, BEGAN)
        assert [(one.run, one.seq, one.interlock) for one in journal.summaries()] == [("7Q3F", 2, Interlock.ARMED)]
        assert journal.disagreements("7Q3F") == []


def test_a_copy_is_taken_in_where_it_tells_the_same_story(tmp_path: Path) -> None:
    copy = [line(record) for record in records()]
    journal = open_journal(f"sqlite:///{tmp_path}/j.db")
    assert len(journal.import_(copy[:5])) == 5
    assert journal.import_(copy) == records()
    assert journal.import_(copy[:3]) == records()  # an older copy changes nothing
    journal.append("7Q3F", len(copy), SEEN, BEGAN)

    other = [line(record) for record in records(told=iter([started("other"), SEEN]))]
    with pytest.raises(Diverged, match="nothing was imported"):
        journal.import_(other)
    for bad in ([], copy[1:], [*copy[:3], *copy[4:]], ["{}"], ["x"], [text.replace("503", "504") for text in copy]):
        with pytest.raises(JournalError):
            journal.import_(bad)
    assert len(journal.read("7Q3F")) == len(copy) + 1


def test_a_second_journal_of_this_process_leaves_the_locks_of_the_first(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops every lock that this process has on it. A writer that closes last then
    takes the log away from under us, and what is written later is not seen here.
    """
    url = f"sqlite:///{tmp_path}/j.db"
    with closing(open_journal(url)) as first:
        first.append("R", 0, started(), BEGAN)
        open_journal(url).close()
        for count in (2, 3):
            writer = appender(url, count, "another")
            go(writer)
            assert acknowledged(writer) == [count] and writer.wait() == 0
            assert len(first.lines("R")) == count
