"""database as data: what is built, what answers mean; and its scripts, run for real where no docker is needed.

What it does to a real postgres is in tests/droplet/titan/test_nuclear.py.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database import argv as commands
from titan_flow.adapters.database.adapter import Dump, Restore, marked, restore_status
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.effects import Command
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Json

COMPOSE = Compose.model_validate({"file": "c.yml", "sudo": True})
POSTGRES = Database.model_validate({"service": "postgres", "folder": "/var/backups/titan"})
SUM = "a" * 64
MARK = f"titan-flow R1 {SUM}"


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", "", ".hidden", "a b"])
def test_names_of_backups_that_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        Restore.model_validate({"from": name, "as": "R1"})
    with pytest.raises(ValidationError):
        Dump.model_validate({"as": name})


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


# ------------------------------------------------------------------------------------------------ the scripts, for real


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
