"""database as data: what is built, what answers mean; and its scripts, run for real where no docker is needed.

What it does to a real postgres is in tests/droplet/titan/test_nuclear.py.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database import argv as commands
from titan_flow.adapters.database.adapter import Dump, Restore, marked, restore_status
from titan_flow.adapters.database.backups import DatabaseBackups, read_listing, read_rows
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.effects import Command
from titan_flow.adapters.offers import Backup, Loss
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Json

COMPOSE = Compose.model_validate({"file": "c.yml", "sudo": True})
POSTGRES = Database.model_validate({"service": "postgres", "folder": "/var/backups/titan"})
SUM = "a" * 64
MARK = f"titan-flow R1 {SUM}"


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"service": "db"},
        {"service": "db", "folder": "backups"},
        {"service": "db", "folder": "/var/../etc"},
        {"service": "db", "folder": "/var/$(id)"},
        {"service": "db", "folder": "/b", "name": "titan; drop"},
        {"service": "db", "folder": "/b", "user": "a'b"},
        {"service": "db", "folder": "/b", "dump": ["x"]},
    ],
)
def test_settings_that_are_refused(bad: Mapping[str, Json]) -> None:
    with pytest.raises(ValidationError):
        Database.model_validate(bad)


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", "", ".hidden", "a b"])
def test_names_of_backups_that_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Restore.model_validate({"from": name, "as": "R1"})
    with pytest.raises(ValidationError):
        Dump.model_validate({"as": name})


def test_what_is_journaled_is_a_verb_and_its_words() -> None:
    built = commands.dump(POSTGRES, COMPOSE, "titan-flow-R1.dump")
    assert " ".join(built.argv) == (
        "sh -s dump_postgres /var/backups/titan titan-flow-R1.dump postgres 127.0.0.1   docker compose -f c.yml"
    )
    assert built.sudo and built.stdin.endswith('{ "$@"; exit; } </dev/null\n')
    back = commands.restore(POSTGRES, COMPOSE, "b.sql.gz", SUM, "c0", MARK, "R1")
    assert back.argv[2:] == (
        "restore_postgres", "/var/backups/titan/b.sql.gz", SUM, "c0", "127.0.0.1", "", "", MARK, "R1",
    )  # fmt: skip


def test_only_a_restore_destroys_and_it_is_never_repeated_on_a_guess() -> None:
    assert (Restore.destroys, Restore.repeats, Dump.destroys) == (True, False, False)


@pytest.mark.parametrize(
    ("out", "answer", "says"),
    [
        (f"titan|{MARK}\nname|titan\n", Answer.YES, "titan is b.dump"),
        (f"titan|{MARK}\ntitan_restoring|\nname|titan\n", Answer.YES, "titan is b.dump"),
        ("titan|\nname|titan\n", Answer.NO, "not restored yet"),
        ("titan|titan-flow R0 " + SUM + "\nname|titan\n", Answer.NO, "not restored yet"),  # another run's
        ("titan|titan-flow R1 " + "b" * 64 + "\nname|titan\n", Answer.NO, "not restored yet"),  # another backup
        (f"titan|\ntitan_restoring|{MARK}\nname|titan\n", Answer.NO, "unchanged"),  # loaded, not taken over
        (f"titan_restoring|{MARK}\nname|titan\n", Answer.NO, "unchanged"),
        ("", Answer.NO, "not restored yet"),
    ],
)
def test_a_restore_is_known_by_the_mark_on_the_database_itself(out: str, answer: Answer, says: str) -> None:
    seen = marked(out, MARK, {"backup": "b.dump"})
    assert seen.answer is answer and says in seen.says


@pytest.mark.parametrize(
    ("state", "since", "answer"),
    [
        ("", None, Answer.NO),
        (f"{SUM} done\n", None, Answer.YES),
        (f"{SUM} begun\n", {"begun": True}, Answer.UNKNOWN),  # killed in the middle: a person is asked
        (f"{SUM} begun\n", None, Answer.NO),  # and has said: redo
        (f"{'b' * 64} done\n", {"begun": True}, Answer.NO),  # another backup's
    ],
)
def test_a_restore_by_a_command_is_known_by_what_its_job_wrote(state: str, since: Json, answer: Answer) -> None:
    assert restore_status(state, SUM, {"backup": "b"}, since).answer is answer


def test_backups_newest_first_and_only_names_that_can_be_typed() -> None:
    out = "1000\n10 900 old.dump\n20 990 new.sql\n5 1 a b\n5 1 -x\nrubbish\n7 2000 from-tomorrow.sql\n"
    found = read_listing(out)
    assert found == [Backup("from-tomorrow.sql", 7, 0.0), Backup("new.sql", 20, 10.0), Backup("old.dump", 10, 100.0)]
    assert read_listing("") == []


def test_what_would_be_lost_by_table() -> None:
    lost = Loss(
        read_rows("public.orders 12\npublic.same 3\n"), read_rows("public.orders 10\npublic.same 3\npublic.old 1")
    )
    assert lost.changed == [("public.old", None, 1), ("public.orders", 12, 10)]


# ------------------------------------------------------------------------------------------------ the scripts, for real


@pytest.fixture
def settings(tmp_path: Path) -> Database:
    (tmp_path / "data").write_text("the present\n")
    return Database.model_validate(
        {
            "service": "db",
            "folder": str(tmp_path / "backups"),
            "sudo": False,
            "dump": ["cat", str(tmp_path / "data")],
            "restore": ["tee", str(tmp_path / "data")],
        }
    )


@pytest.fixture
def site(tmp_path: Path, settings: Database) -> Site:
    return Site(LocalHost(), str(tmp_path), {"database": settings, "compose": COMPOSE})


async def ran(site: Site, command: Command) -> int:
    return (await site.run(command)).status


async def test_a_dump_is_whole_or_not_there_and_is_its_owners_alone(
    site: Site, settings: Database, tmp_path: Path
) -> None:
    dump, file = Dump.model_validate({"as": "R1"}), tmp_path / "backups" / "titan-flow-R1.dump"
    before = await dump.look(site, None)
    assert before.answer is Answer.NO
    failing = settings.model_copy(update={"dump": ["false"]})
    assert await ran(site, commands.dump(failing, COMPOSE, dump.file)) != 0
    empty = settings.model_copy(update={"dump": ["true"]})
    assert await ran(site, commands.dump(empty, COMPOSE, dump.file)) != 0
    assert not file.exists() and (await dump.look(site, None)).answer is Answer.NO

    (job,) = dump.act(site, before).commands
    assert await ran(site, job) == 0
    seen = await dump.look(site, None)
    assert seen.yes and seen.evidence["sha256"] == hashlib.sha256(b"the present\n").hexdigest()
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent)] == [0o600, 0o700]
    file.write_text("torn")
    assert (await dump.look(site, None)).answer is Answer.NO


async def test_a_restore_by_command_is_done_once_and_bound_to_the_backups_hash(
    site: Site, settings: Database, tmp_path: Path
) -> None:
    restore = Restore.model_validate({"from": "b.sql", "as": "R1"})
    assert (await restore.look(site, None)).final
    (tmp_path / "backups").mkdir()
    (backup := tmp_path / "backups" / "b.sql").write_text("the past\n")
    first = await restore.look(site, None)
    assert first.answer is Answer.NO and first.mark == {"begun": True}
    (job,) = restore.act(site, first).commands
    backup.write_text("something else\n")
    assert await ran(site, job) == 65
    assert (tmp_path / "data").read_text() == "the present\n"
    backup.write_text("the past\n")
    assert await ran(site, job) == 0
    assert (tmp_path / "data").read_text() == "the past\n"
    assert (await restore.look(site, first.mark)).yes

    dies = settings.model_copy(update={"restore": ["sh", "-c", "kill -9 $PPID"]})
    broken = Site(LocalHost(), str(tmp_path), {"database": dies, "compose": COMPOSE})
    other = Restore.model_validate({"from": "b.sql", "as": "R2"})
    (job,) = other.act(broken, await other.look(broken, None)).commands
    assert await ran(broken, job) != 0
    assert (await other.look(broken, first.mark)).answer is Answer.UNKNOWN


async def test_what_lies_in_the_folder(site: Site, tmp_path: Path) -> None:
    assert await DatabaseBackups().newest(site) == []
    (tmp_path / "backups").mkdir()
    for name in ("a.dump", "a.dump.sha256", "b.sql.new", ".restore.R1"):
        (tmp_path / "backups" / name).write_text("x")
    (found,) = await DatabaseBackups().newest(site)
    assert (found.name, found.size) == ("a.dump", 1) and found.age < 60


@pytest.mark.parametrize("name", ["client", "host"])
def test_the_scripts_are_checked_and_understood_by_every_shell(name: str) -> None:
    script = Path(commands.__file__).with_name(f"remote_{name}.sh").read_text()
    shellcheck = str(Path(sys.executable).with_name("shellcheck"))
    done = subprocess.run([shellcheck, "-s", "sh", "-"], input=script, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)
    for whole in (script, commands.library()):
        subprocess.run(["dash", "-n"], input=whole, text=True, check=True)


def test_a_script_cut_off_anywhere_does_nothing(tmp_path: Path) -> None:
    whole, verb = commands.library(), ("sh", "-s", "dump_by_command", str(tmp_path / "B"), "f", "echo", "x")
    end = whole.rindex("{")
    for cut in (*range(0, end, 701), end + 1, len(whole) - 14):
        subprocess.run(verb, input=whole[:cut], text=True, capture_output=True)
        assert not (tmp_path / "B").exists()
    assert subprocess.run(verb, input=whole, text=True).returncode == 0
    assert (tmp_path / "B" / "f").read_text() == "x\n"
