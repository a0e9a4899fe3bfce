"""What is asked of a database, as command lines; and the scripts behind them, run for real."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database import argv as commands
from titan_flow.adapters.database.settings import Database

COMPOSE = Compose.model_validate({"file": "c.yml", "sudo": True})


POSTGRES = Database.model_validate({"service": "postgres", "folder": "/var/backups/titan"})


SUM = "a" * 64


MARK = f"titan-flow R1 {SUM}"


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


def test_a_restore_by_a_command_names_the_file_where_it_is_asked_for() -> None:
    own = POSTGRES.model_copy(update={"dump": ("d",), "restore": ("mysql", "-e", "source {file}", "{file}")})
    built = commands.restore(own, COMPOSE, "b.sql", SUM, "c0", MARK, "R1").argv
    assert built[2:] == (
        "restore_by_command", "/var/backups/titan/.restore.R1", "/var/backups/titan/b.sql", SUM,
        "mysql", "-e", "source {file}", "/var/backups/titan/b.sql",
    )  # fmt: skip


def test_what_asks_containers_goes_through_the_engine_of_the_spec() -> None:
    far = COMPOSE.model_copy(update={"sudo": False})
    for built in (commands.rows(POSTGRES, far, "c0"), commands.listing(POSTGRES)):
        assert built.sudo, "the folder is root's, whoever may ask the engine"
