"""status, history, show, check, graph: what they print, over journals as data; and every error as one line."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.workflow.journal.sample import BEGAN, OLD, OLGA
from titan_flow.states import events as e
from titan_flow.states.chain import verify_lines
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.journal.sqlite import SqliteJournal

TINY = Path(__file__).with_name("tiny.yaml")
DONE = e.RunEnded(state="Done", outcome=Outcome.REACHED, interlock=Interlock.UNKNOWN)
BEGIN = e.TransitionBegan(transition="touch", source="Ready", args={})
FAILED = e.AttemptFailed(
    step="touch/1", attempt=1, attempts=2, reason="exit 1: \x1b[2Jno", known=True, evidence={"output": "a\nb\x07"}
)
KEYS = {
    "run", "flow", "environment", "state", "outcome", "transition", "attempt", "attempts", "interlock", "operator",
    "started", "updated", "watched_until", "release", "previous", "bad", "waived", "downtime",
    "head", "bundle", "next",
}  # fmt: skip


class Store:
    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"

    def tell(self, run: str, *events: e.Event, began: int = 0) -> None:
        with closing(self.open()) as journal:
            for after, event in enumerate(events, journal.last(run)):
                journal.append(run, after, event, BEGAN + timedelta(hours=began, seconds=after))

    def open(self) -> SqliteJournal:
        return open_journal(self.url)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    made = Store(tmp_path / "j.db")
    monkeypatch.setenv("TITAN_FLOW_STORE", made.url)
    return made


def begun(target: str = "/srv/tiny", spec: str | None = None) -> e.RunStarted:
    return e.RunStarted(
        flow="tiny",
        environment="env-1",
        target=target,
        spec=TINY.read_text() if spec is None else spec,
        spec_sha256="c" * 64,
        params={"commit": "9b2e771" + "0" * 33},
        operator=OLGA,
        version="0.1.0",
        interlock=Interlock.DISARMED,
        state="Ready",
        previous=OLD,
        bad=("dead" + "0" * 36,),
    )


def driven(pid: int) -> e.DriverTook:
    return e.DriverTook(epoch=1, operator=e.Operator(user="u", host=socket.gethostname()), pid=pid)


def dead() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_status_json_says_what_the_contract_says(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("7Q3F", begun(), driven(dead()), BEGIN, FAILED)
    assert main(["status", "7q3f", "--json"]) == 7
    said = json.loads(capsys.readouterr().out)
    assert set(said) == KEYS
    with closing(store.open()) as journal:
        head = journal.read("7Q3F")[-1].hash
    assert said == {
        "run": "7Q3F", "flow": "tiny", "environment": "env-1", "state": "Ready", "outcome": "interrupted",
        "transition": "touch", "attempt": 2, "attempts": 2, "interlock": "disarmed", "operator": "olga@laptop",
        "started": "2026-11-24T14:02:03Z", "updated": "2026-11-24T14:02:06Z", "watched_until": None,
        "release": None, "bad": ["dead" + "0" * 36], "waived": [], "head": head,
        "downtime": {"measured": None, "seconds": {}},
            "bundle": None, "next": "titan-flow resume 7Q3F",
        "previous": {"commit": OLD.commit, "images": {"titan-brain": {"id": "sha256:" + "a" * 64, "digest": None}}},
    }  # fmt: skip


def test_status_exits_like_the_run_it_shows(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    mark = e.ReleaseMarked(release=OLD, standing="verified", epoch=1)
    ends = {
        "REACHED": (0, [mark, DONE]),
        "HALTED": (1, [DONE.model_copy(update={"outcome": Outcome.HALTED, "state": "Halted"})]),
        "REFUSED": (3, [DONE.model_copy(update={"outcome": Outcome.REFUSED})]),
        "BACK": (4, [DONE.model_copy(update={"outcome": Outcome.ROLLED_BACK})]),
        "PARKED": (7, [e.RunParked(why="unknown", question="touch/1?", step="touch/1")]),
    }
    for name, (code, events) in ends.items():
        store.tell(name, begun(), driven(dead()), *events)
        assert main(["status", name]) == code
        text = capsys.readouterr().out
        assert f"exit {code}" in text
        assert f"run {name} · olga@laptop" in text
        assert main(["status", name, "--json"]) == code
        released = json.loads(capsys.readouterr().out)["release"]
        assert (released is not None) == (name in ("REACHED", "BACK"))


def test_a_run_whose_driver_lives_is_running(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Its process lives on this machine, and its host (this machine) knows nothing of it: it has no driver there."""
    store.tell("7Q3F", begun(), driven(os.getpid()), BEGIN)
    code = main(["status", "7Q3F", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert (code, said["outcome"]) in ((0, "running"), (7, "interrupted"))


def test_the_status_of_an_environment_without_runs_is_no_failure(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    for argv, spec in ((["status"], "SPEC"), (["status", str(TINY)], str(TINY))):
        assert main(argv) == 0
        assert f"titan-flow run {spec}" in capsys.readouterr().out
        assert main([*argv, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["run"] is None and document["outcome"] is None
        assert document["next"] == f"titan-flow run {spec}"
    store.tell("7Q3F", begun(), BEGIN, DONE)
    main(["status", "7Q3F", "--json"])
    assert json.loads(capsys.readouterr().out).keys() == document.keys()


def test_status_names_the_unfinished_run_first(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("OPEN", begun(), driven(dead()), began=1)
    store.tell("DONE", begun(), driven(dead()), DONE, began=2)
    store.tell("ELSE", begun(target="/srv/other"), driven(dead()), began=3)
    assert main(["status", str(TINY)]) == 7
    assert "run OPEN" in capsys.readouterr().out


def test_follow_shows_what_comes_and_ends_with_the_run(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("7Q3F", begun(), driven(os.getpid()))

    def later() -> None:
        time.sleep(0.5)
        store.tell("7Q3F", BEGIN, FAILED)
        time.sleep(0.5)
        store.tell("7Q3F", DONE)

    writer = threading.Thread(target=later)
    writer.start()
    code = main(["status", "7Q3F", "--follow"])
    writer.join()
    said = capsys.readouterr()
    assert code == 0
    assert [line.split(" ", 2)[2].split(" ")[0] for line in said.err.splitlines()[2:]] == ["touch", "touch/1", "ended:"]
    assert "Done: tiny is at its goal." in said.out


def test_history_newest_first(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history"]) == 0
    assert "titan-flow run SPEC" in capsys.readouterr().out
    store.tell("OLD", begun(), DONE, began=1)
    store.tell("NEW", begun(target="/srv/else"), began=2)
    assert main(["history"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["RUN", "NEW", "OLD"]
    assert main(["history", str(TINY), "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)
    assert (only["run"], only["outcome"], only["commit"][:7]) == ("OLD", "reached", "9b2e771")


def test_history_goes_on_where_it_stopped(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(5):
        store.tell(f"R{number}", begun(), DONE, began=number)
    assert main(["history", "--limit", "2"]) == 0
    *shown, more = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == ["RUN", "R4", "R3"]
    assert more.endswith("titan-flow history --before R3")
    assert main(["history", "--before", "r3", "--limit", "2"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:3] == ["RUN", "R2", "R1"]
    assert main(["history", str(TINY), "--before", "R1"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["RUN", "R0"]
    assert main(["history", "--before", "NONE"]) == 2


def test_history_json_is_one_document(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"
    store.tell("OLD", begun(), DONE, began=1)
    store.tell("NEW", begun(), began=2)
    assert main(["history", "--json"]) == 0
    text = capsys.readouterr().out
    assert text == json.dumps(json.loads(text), indent=2) + "\n"
    assert [row["run"] for row in json.loads(text)] == ["NEW", "OLD"]


def test_show_streams_the_records_as_they_were_written(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("7Q3F", begun(), BEGIN, FAILED, DONE)
    assert main(["show", "7Q3F", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert verify_lines(lines)
    assert [json.loads(line)["kind"] for line in lines] == [
        "run.started", "transition.began", "attempt.failed", "run.ended",
    ]  # fmt: skip
    assert main(["show", "7q"]) == 0
    text = capsys.readouterr().out
    assert 'output: "b␛"' in text
    assert "\x1b" not in text


def test_show_one_step_with_all_of_its_evidence(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    hold = e.HoldLooked(transition="look", samples=0, needed=1, answers={"look/1": Answer.NO})
    store.tell("7Q3F", begun(), BEGIN, FAILED, hold, DONE)
    assert main(["show", "7Q3F", "--step", "touch/1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["    output:", "      a", "      b␛"]
    assert main(["show", "7Q3F", "--step", "look/1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "hold.looked"
    assert main(["show", "7Q3F", "--step", "touch/9"]) == 2
    assert "it has: touch/1" in capsys.readouterr().err


def test_check_proves_or_tells_every_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(TINY)]) == 0
    assert "tiny is proved: 4 states, 2 transitions" in capsys.readouterr().out
    assert main(["check", str(TINY), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["goals"] == ["Done"]
    bad = tmp_path / "bad.yaml"
    bad.write_text(TINY.read_text().replace("to: Done", "to: Dome"))
    assert main(["check", str(bad)]) == 2
    said = capsys.readouterr().err
    assert f"{bad}:12:" in said
    assert "did you mean Done?" in said
    assert said.endswith("nothing was touched\n")
    assert main(["check", str(bad), "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["mistakes"][0]["line"]) == (False, 12)
    assert main(["check", str(tmp_path / "none.yaml")]) == 2


@pytest.mark.parametrize("form", ["text", "mermaid", "dot", "svg", "html", "json"])
def test_graph_draws(form: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", str(TINY), "--format", form]) == 0
    drawn = capsys.readouterr().out
    assert all(name in drawn for name in ("Ready", "Touched", "Done", "Halted"))
    assert main(["graph", str(TINY), "--format", form, "-o", str(tmp_path / "g")]) == 0
    assert (tmp_path / "g").read_text() == drawn
    store.tell("7Q3F", begun(), BEGIN, e.TransitionEnded(transition="touch", source="Ready", target="Touched"))
    assert main(["graph", str(TINY), "--format", form, "--run", "7Q3F"]) == 0
    assert capsys.readouterr().out != drawn


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("g.svg", "<svg"),
        ("g.HTML", "<!doctype html>"),
        ("g.json", "{"),
        ("g.dot", "digraph"),
        ("g.mmd", "stateDiagram"),
    ],
)
def test_graph_takes_the_format_from_the_name_of_the_file(name: str, begins: str, tmp_path: Path) -> None:
    assert main(["graph", str(TINY), "-o", str(tmp_path / name)]) == 0
    assert begins in (tmp_path / name).read_text()[:200]
    assert main(["graph", str(TINY), "-o", str(tmp_path / name), "--force", "--format", "text"]) == 0
    assert (tmp_path / name).read_text().startswith("tiny")


def test_graph_into_a_file_of_no_known_format_names_the_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", str(TINY), "-o", str(tmp_path / "g.png")]) == 2
    said = capsys.readouterr().err
    assert "no format is known for .png" in said
    assert "--format" in said
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_found_names_what_to_type(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for argv, says in (
        (["status", "NONE"], "titan-flow history"),
        (["show", "NONE"], "titan-flow history"),
        (["--store", "mysql://x", "history"], "sqlite:///"),
        (["sandbox", "status", "/nowhere/at/all"], "titan-flow sandbox up"),
    ):
        assert main(argv) in (2, 3)
        said = capsys.readouterr().err
        assert says in said
        assert len(said.splitlines()) == 1


def test_damage_refuses_and_a_stranger_is_left_alone(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("7Q3F", begun(), BEGIN)
    path = store.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE record SET line = replace(line, 'Ready', 'Raedy') WHERE seq = 2")
    assert main(["status", "7Q3F"]) == 3
    assert "record 2 was changed" in capsys.readouterr().err


def test_a_spec_that_cannot_be_read_here_still_has_a_status(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("7Q3F", begun(spec="flow: [someone else's"), BEGIN, DONE)
    assert main(["status", "7Q3F"]) == 0
    assert "tiny is at its goal" in capsys.readouterr().out


def test_a_closed_pipe_is_quiet(store: Store) -> None:
    store.tell("7Q3F", begun(), *[FAILED] * 400)
    program = shutil.which("titan-flow", path=os.fspath(Path(sys.executable).parent)) or "titan-flow"
    shown = subprocess.Popen([program, "show", "7Q3F"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert shown.stdout is not None
    assert shown.stderr is not None
    shown.stdout.readline()
    shown.stdout.close()
    assert shown.stderr.read() == b""
    assert shown.wait(20) == 141


def test_a_bug_keeps_its_traceback_and_names_the_journal(store: Store, tmp_path: Path) -> None:
    """Here one of an adapter that somebody added to the installation."""
    added = tmp_path / "added"
    (added / "broken-1.dist-info").mkdir(parents=True)
    (added / "broken-1.dist-info" / "METADATA").write_text("Name: broken\nVersion: 1\n")
    (added / "broken-1.dist-info" / "entry_points.txt").write_text("[titan_flow.adapters]\nbroken = broken:adapter\n")
    (added / "broken.py").write_text("adapter = 1 / 0\n")
    (spec := tmp_path / "spec.yaml").write_text(f"{TINY.read_text()}broken: {{}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "titan_flow", "history", spec],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(added), *sys.path))},
        capture_output=True,
        text=True,
    )
    assert "ZeroDivisionError" in done.stderr and "This is a bug in titan-flow" in done.stderr
    assert store.url.removeprefix("sqlite:///") in done.stderr


def test_report_is_one_page_about_the_run(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.tell("7Q3F", begun(), BEGIN, FAILED, DONE)
    assert main(["report", "7Q3F", "-o", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text()
    assert "Done: tiny is at its goal." in page
    assert "titan-flow audit 7Q3F --head" in page
    assert main(["report", "-o", "-"]) == 0
    assert capsys.readouterr().out == page
    assert main(["report", "7Q3F", "-o", str(tmp_path / "no" / "page.html")]) == 2


def test_report_without_a_name_writes_one_beside_you_and_says_where(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store.tell("7Q3F", begun(), BEGIN, DONE)
    assert main(["report"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "wrote 7Q3F.html\n")
    page = (tmp_path / "7Q3F.html").read_text()
    (tmp_path / "7Q3F.html").write_text("mine")
    assert main(["report"]) == 2
    assert "7Q3F.html exists already" in capsys.readouterr().err
    assert (tmp_path / "7Q3F.html").read_text() == "mine"
    assert main(["report", "--force"]) == 0
    assert (tmp_path / "7Q3F.html").read_text() == page


def test_graph_of_a_run_of_another_flow_is_refused(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(TINY.read_text().replace("flow: tiny", "flow: other"))
    store.tell("7Q3F", begun(), BEGIN)
    assert main(["graph", str(other), "--run", "7Q3F"]) == 2
    assert "belongs to flow tiny, not to other" in capsys.readouterr().err


def test_graph_tells_what_a_change_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(TINY.read_text().replace("attempts: 2", "attempts: 4"))
    for form in ("text", "mermaid", "svg", "html", "json"):
        assert main(["graph", str(new), "--diff", str(TINY), "--format", form]) == 0
        assert "attempts: 2 → 4" in capsys.readouterr().out.replace("#58;", ":")
    assert main(["graph", str(new), "--diff", str(TINY), "--format", "dot"]) == 2
    assert "it has text, mermaid, svg, html, json" in capsys.readouterr().err
