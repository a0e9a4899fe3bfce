"""backup.recent, with real files and a real clock."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.nobody import nobody, opened
from titan_flow.adapters.backup import Recent, moment
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation

HOUR = 3600


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))


def backup(site: Site, name: str, age: float, content: str = "dump") -> Path:
    path = Path(site.directory) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    then = time.time() - age
    os.utime(path, (then, then))
    return path


async def look(site: Site, **asked: object) -> Observation:
    return await Recent.model_validate({"max_age": "24h", **asked}).look(site, None)


async def test_the_newest_one_counts(site: Site) -> None:
    backup(site, "backups/titan 1.dump", 30 * HOUR)
    newest = backup(site, "backups/titan 2.dump", 2 * HOUR)
    backup(site, "backups/titan 0.dump", 90 * HOUR)
    seen = await look(site, path="backups/titan *.dump")
    assert seen.yes and re.fullmatch(rf"backups/{newest.name} \(4 B\) is 2h(\d+s)? old", seen.says)
    backup(site, "backups/titan 3.dump.new", 0)
    backup(site, "backups/titan 1.dump.sha256", 0)
    assert newest.name in (await look(site, path="backups/titan *")).says, "half a dump and a hash are no backup"
    seen = await look(site, path="backups/titan *.dump", max_age="1h")
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert re.search(r"is 2h(\d+s)? old, 1h at most$", seen.says)


async def test_none_at_all(site: Site) -> None:
    (Path(site.directory) / "dir.dump").mkdir()
    for path in ("*.dump", "no/such/*.dump", "/no/such/file"):
        assert (await look(site, path=path)).says == f"no backup at {path}"


async def test_an_empty_dump_is_no_backup(site: Site) -> None:
    backup(site, "empty.dump", 0, "")
    seen = await look(site, path="empty.dump")
    assert (seen.answer, seen.says) == (Answer.NO, "empty.dump has 0 B, 1 B at least are expected")
    backup(site, "small.dump", 0)
    assert (await look(site, path="small.dump", min="1kB")).answer is Answer.NO


async def test_one_from_the_future_is_unknown(site: Site) -> None:
    backup(site, "a.dump", -HOUR)
    seen = await look(site, path="a.dump")
    assert seen.answer is Answer.UNKNOWN and "a clock is wrong" in seen.says


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_a_closed_folder_is_unknown_and_not_empty(tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "closed/a.dump").write_text("x")
    site = Site(nobody(), str(tmp_path))
    for path in ("closed/*.dump", "closed/a.dump", "closed/more/*.dump"):
        seen = await look(site, path=path)
        assert (seen.answer, seen.says, "sudo" in seen.remedy) == (
            Answer.UNKNOWN,
            "closed may not be searched by this user",
            True,
        )


@pytest.mark.parametrize(
    ("prints", "answer", "says"),
    [
        ("date -d '2 hours ago' --iso-8601=seconds", Answer.YES, "the newest is 2h old"),
        ("date -u -d '30 hours ago' +%Y-%m-%dT%H:%M:%SZ", Answer.NO, "the newest is 1d6h old, 1d at most"),
        ("date -d '1 hour ago' +%s", Answer.YES, "the newest is 1h old"),
        ("true", Answer.NO, "names no backup"),
        ("echo yesterday", Answer.UNKNOWN, "printed no time"),
        ("date +%Y-%m-%dT%H:%M:%S", Answer.UNKNOWN, "printed no time"),
        ("echo no repository >&2; exit 3", Answer.UNKNOWN, "no repository"),
    ],
)
async def test_a_command_that_tells(site: Site, prints: str, answer: Answer, says: str) -> None:
    seen = await look(site, command=["sh", "-c", prints])
    told = re.sub(r"(?<=h)\d+s(?= old)", "", seen.says)  # the clock may have ticked in between
    assert (seen.answer, says in told) == (answer, True), seen.says


async def test_a_command_that_is_not_there_is_unknown(site: Site) -> None:
    assert (await look(site, command=["./no-such-program"])).answer is Answer.UNKNOWN


def test_moments() -> None:
    assert moment("1795528800") == 1795528800.0
    assert moment("2026-11-24T14:00:00Z") == moment("2026-11-24T15:00:00+01:00") == 1795528800.0
    assert moment("2026-11-24") is None


@pytest.mark.parametrize(
    "wrong", [{}, {"path": "a", "command": ["b"]}, {"path": "-rf"}, {"path": "a", "max_age": "0s"}, {"command": []}]
)
def test_bad_input(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Recent.model_validate({"max_age": "1h", **wrong})
