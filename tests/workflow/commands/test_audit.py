"""audit as auditors type it: a run in the journal, a file, and the copy that a real host (this machine) keeps."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.started import OLGA
from tests.workflow.commands.test_reading import TINY, Store, begun, store
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states import events as e
from titan_flow.states.chain import line, sealed
from titan_flow.states.hashing import GENESIS, digest
from titan_flow.states.run import fold
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.cli.main import main

__all__ = ["store"]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TOOK = e.DriverTook(epoch=1, operator=OLGA, pid=1)
BEGAN = e.TransitionBegan(
    transition="touch", source="Ready", args={"touch/1": {"command": ["touch", "made"], "idempotent": True}}
)
ABANDONED = e.RunEnded(state="Ready", outcome=Outcome.ABANDONED, interlock=Interlock.DISARMED)


class Scene:
    """One run, told to this machine's own guard as a driver tells it."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.store, self.directory = store, directory
        directory.mkdir()
        spec = TINY.read_text().replace("/srv/tiny", str(directory))
        self.spec = directory.parent / "tiny.yaml"
        self.spec.write_text(spec)
        started = begun(target=str(directory), spec=spec).model_copy(update={"spec_sha256": digest(spec)})
        store.tell("7Q3F", started, TOOK, BEGAN, ABANDONED)
        self.mirror(self.lines)

    @property
    def lines(self) -> list[str]:
        with closing(self.store.open()) as journal:
            return journal.lines("7Q3F")

    def mirror(self, lines: list[str]) -> None:
        async def told() -> None:
            host = LocalHost()
            guard = Guard(host, str(self.directory))
            await guard.identify()
            taken = await guard.take("7Q3F", {}, takeover=True)
            assert await guard.mirror("7Q3F", 1, lines, taken.epoch) == len(lines)
            await guard.release("7Q3F", taken.epoch)
            await host.close()

        asyncio.run(told())

    def alter(self, sql: str) -> None:
        with closing(sqlite3.connect(self.store.url.removeprefix("sqlite:///"))) as db, db:
            db.execute(sql)

    def copy(self) -> Path:
        return next(local_folder(self.directory).glob("runs/*.jsonl"))


@pytest.fixture
def scene(store: Store, tmp_path: Path) -> Scene:
    return Scene(store, tmp_path / "env")


def test_intact_and_anchored_by_the_host(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    before = scene.copy().read_bytes()
    assert main(["audit", "7q3f"]) == 0
    said = capsys.readouterr().out
    assert "7Q3F: intact, 4 records\n" in said
    assert "anchored   the host has the same 4 records" in said
    with closing(scene.store.open()) as journal:
        head = fold(journal.read("7Q3F")).head
    assert f"audit hash {head}" in said
    assert main(["audit", "7Q3F", "--json", "--head", head[:12]]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["intact"], document["head"], document["findings"]) == (True, head, [])
    assert [anchor["state"] for anchor in document["anchors"]] == ["same", "same"]
    assert scene.copy().read_bytes() == before


def test_a_made_up_journal_with_every_hash_right_is_refused(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = scene.spec.read_text()
    started = begun(spec=spec).model_copy(update={"spec_sha256": digest(spec)})
    file, made = tmp_path / "run.jsonl", list[e.Record]()
    for event in (started, TOOK, e.TransitionEnded(transition="look", source="Touched", target="Done")):
        made.append(sealed("FORGED", len(made) + 1, NOON, event, made[-1].hash if made else GENESIS))
    file.write_text("".join(f"{line(record)}\n" for record in made))
    assert main(["audit", str(file)]) == 1
    said = capsys.readouterr().out
    assert "record 3 is no legal move of its flow: transition.ended while touch begins" in said
    assert main(["audit", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["trip"] == "illegal"


TAMPERED = {
    "DELETE FROM record WHERE seq = 4": "record 4 is missing here: the host has it, the end was cut off",
    "DELETE FROM record WHERE seq = 2": "record 2 is missing: cut out",
    "DELETE FROM record WHERE seq = 1": "record 1 is missing: cut out",
    "UPDATE record SET line = replace(line, 'Ready', 'Raedy') WHERE seq = 3":
        "record 3 was changed after it was written",
    "UPDATE record SET seq = CASE seq WHEN 2 THEN 30 ELSE 20 END WHERE seq IN (2, 3)":
        "record 4 stands where record 2 should: reordered",
}  # fmt: skip


@pytest.mark.parametrize("sql", TAMPERED)
def test_a_journal_that_was_tampered_with(scene: Scene, sql: str, capsys: pytest.CaptureFixture[str]) -> None:
    scene.alter(sql)
    assert main(["audit", "7Q3F"]) == 1
    said = capsys.readouterr().out
    assert "NOT intact" in said
    assert TAMPERED[sql] in said


def test_a_host_whose_copy_is_another_story(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    lines = scene.copy().read_text().splitlines()
    scene.copy().write_text("\n".join([*lines[:2], lines[2].replace("Ready", "Raedy"), *lines[3:]]) + "\n")
    assert main(["audit", "7Q3F"]) == 1
    assert "record 3 is not the one that the host has, whose own copy is not intact" in capsys.readouterr().out


def test_without_a_host_it_is_not_anchored_and_says_so(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.directory.rename(scene.directory.with_name("gone"))
    assert main(["audit", "7Q3F"]) == 0
    said = capsys.readouterr().out
    assert "not anchored: the host " in said
    assert "note the hash, and pass it with --head" in said
    assert main(["audit", "7Q3F", "--head", "0" * 64]) == 1
    assert "record 4 or an earlier one is not as it was when 0000000000000000 was noted" in capsys.readouterr().out


def test_a_file_is_compared_with_what_is_known_here(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    file = scene.directory.parent / "run.jsonl"
    main(["show", "7Q3F", "--json"])
    file.write_text(capsys.readouterr().out)
    assert main(["audit", str(file)]) == 0
    assert "anchored   the journal of this machine has the same 4 records" in capsys.readouterr().out
    file.write_text("".join(f"{line}\n" for line in scene.lines[:-1]))
    assert main(["audit", str(file)]) == 1
    assert "record 4 is missing here: the journal of this machine has it" in capsys.readouterr().out


def test_a_file_from_elsewhere_never_chooses_whom_we_connect_to(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text("".join(f"{line}\n" for line in scene.lines))
    monkeypatch.setenv("TITAN_FLOW_STORE", f"sqlite:///{tmp_path}/empty.db")
    assert main(["audit", str(file)]) == 0
    assert (
        "not anchored: the host was not asked: a file does not choose which host to connect to"
        in capsys.readouterr().out
    )
    assert main(["audit", str(file), "--spec", str(scene.spec)]) == 0
    assert "anchored   the host has the same 4 records" in capsys.readouterr().out


def test_what_is_kept_beside_an_intact_chain_is_made_anew(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.alter("UPDATE summary SET outcome = 'halted'")
    assert main(["audit", "7Q3F"]) == 1
    assert "titan-flow audit 7Q3F --rebuild" in capsys.readouterr().out
    assert main(["audit", "7Q3F", "--rebuild"]) == 0
    assert main(["audit", "7Q3F"]) == 0
    scene.alter("UPDATE record SET line = replace(line, 'olga', 'evil') WHERE seq = 2")
    capsys.readouterr()
    assert main(["audit", "7Q3F", "--rebuild"]) == 3
    assert "nothing can be made from it" in capsys.readouterr().err
    assert main(["audit", str(scene.copy()), "--rebuild"]) == 2


def test_what_cannot_be_audited_is_one_line(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("no journal\n")
    for argv in (["audit", "NONE"], ["audit", str(tmp_path / "notes.txt")]):
        assert main(argv) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["audit", "7Q3F", "--head", "xyz"]) == 2
    assert "12 to 64 hexadecimal digits" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE record SET kind = 'run.parked' WHERE seq = 3", "record 3 is filed under another kind"),
        ("UPDATE record SET hash = 'f' WHERE seq = 2", "record 2 is filed under another hash"),
        ("UPDATE summary SET outcome = 'halted'", "is not what `history` lists of this run"),
        ("DELETE FROM summary", "is not what `history` lists of this run"),
    ],
)
def test_a_column_that_says_something_else_than_its_record(
    scene: Scene, capsys: pytest.CaptureFixture[str], sql: str, says: str
) -> None:
    """Other commands find and list by the columns: an intact chain says nothing of them."""
    scene.alter(sql)
    assert main(["audit", "7Q3F"]) == 1
    assert says in capsys.readouterr().out
