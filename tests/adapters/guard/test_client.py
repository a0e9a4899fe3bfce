"""The guard: one driver at a time, fenced by its epoch, and what the host is told."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.errors import Fenced, Locked, Refused
from titan_flow.adapters.gateway import Gateway, Kind, T
from titan_flow.adapters.guard.client import Guard, Taken
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.transport.local import LocalHost

pytestmark = pytest.mark.slow

Make = Callable[..., LocalHost]
WHO = {"operator": "olga@laptop", "host": "laptop", "pid": "4711"}
MARK = '{"kind":"release.marked","seq":%d}'
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-s")
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def touch(path: str) -> Job:
    return Job((run("touch", path),))


async def test_the_id_is_written_once(shell: tuple[str, ...], tmp_path: Path, another: Make) -> None:
    guards = [Guard(another(*shell), str(tmp_path)) for _ in range(8)]
    ids = set(await asyncio.gather(*(guard.identify() for guard in guards)))
    assert len(ids) == 1
    assert ids == {(local_folder(tmp_path) / "id").read_text().strip()}


async def test_the_folder_is_ours_alone_and_lies_outside_of_the_directory(guard: Guard, tmp_path: Path) -> None:
    folder = local_folder(tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in folder.iterdir()} == {0}
    assert {path.name for path in (tmp_path / ".titan-flow").iterdir()} == {"version", ".gitignore"}
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True)
    assert status.stdout == b""


HOSTILE = (
    *(
        "CDPATH=/tmp:/",
        "GREP_OPTIONS=-v",
        "POSIXLY_CORRECT=1",
        "LC_ALL=tr_TR.UTF-8",
        "BASH_ENV=/nowhere",
        "ENV=/nowhere",
    ),
    *("GLOBIGNORE=*", "DOCKER_HOST=tcp://192.0.2.1:1", "GIT_DIR=/nowhere", "COMPOSE_FILE=/nowhere", "TMPDIR=/nowhere"),
    *("GIT_WORK_TREE=/nowhere", "GIT_INDEX_FILE=/nowhere", "IFS=x", "PS4=$(id)", "LD_LIBRARY_PATH=/nowhere"),
)


@pytest.mark.parametrize("sh", ["sh", "bash"])
async def test_variables_of_the_login_change_nothing(sh: str, tmp_path: Path, another: Make) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    guard = Guard(another("env", *HOSTILE, sh, "-s"), str(tmp_path))
    await guard.identify()
    epoch = (await guard.take("R1", WHO, takeover=False)).epoch
    job = Job((run("git", "rev-parse", "--is-inside-work-tree"), run("env")))
    done = (await guard.job("k", job, epoch, 10, [MARK % 1], 1, "R1")).completed
    assert done.ok, done.err
    assert done.out.startswith("true\n")
    names = {word.partition("=")[0] for word in HOSTILE} - {"IFS"}
    assert not names & {line.partition("=")[0] for line in done.out.splitlines()}
    assert await guard.lines("R1") == [MARK % 1]
    assert await guard.runs() == ["R1"]
    await guard.release("R1", epoch)
    assert await guard.holder() is None


async def test_no_directory(tmp_path: Path, another: Make) -> None:
    with pytest.raises(Refused, match="does not exist, or cannot be entered: create it"):
        await Guard(another(), str(tmp_path / "nowhere")).identify()


@root
async def test_a_folder_of_another_owner(tmp_path: Path, another: Make) -> None:
    for path in (tmp_path, *tmp_path.parents[:-2]):
        path.chmod(0o755)
    for ask in (Guard(another(*NOBODY), str(tmp_path)).identify, Guard(another(*NOBODY), str(tmp_path)).holder):
        with pytest.raises(Refused, match="belongs to root, and nobody logs in: only its owner can deploy there"):
            await ask()


async def test_reading_makes_nothing(shell: tuple[str, ...], tmp_path: Path, another: Make) -> None:
    guard = Guard(another(*shell), str(tmp_path))
    assert await guard.holder() is None
    assert await guard.runs() == await guard.lines("R1") == await guard.marks() == []
    assert await guard.find("R1-up-1-1") is None
    assert list(tmp_path.iterdir()) == []


async def test_without_a_driver_nothing_starts(guard: Guard, tmp_path: Path, another: Make) -> None:
    with pytest.raises(Fenced):
        await guard.job("k", touch("effect"), 1, 5, [], 1, "R1")
    with pytest.raises(Refused, match=r"its guard .* is gone"):
        await Guard(another(), str(tmp_path / "..")).job("k", touch("effect"), 1, 5, [], 1, "R1")
    assert not (tmp_path / "effect").exists()


async def test_taking_raises_the_epoch_and_tells_who(guard: Guard) -> None:
    assert await guard.take("R1", WHO, takeover=False) == Taken(1, 0)
    holder = await guard.holder()
    assert holder is not None
    assert holder.pop("since").endswith("Z")
    assert holder == {**WHO, "run": "R1", "epoch": "1", "alive": "yes"}
    assert await guard.take("R1", WHO, takeover=False) == Taken(2, 0), "our own presence does not lock us out"


async def test_operator_names_may_be_anything(guard: Guard) -> None:
    who = {"operator": 'o\'lga\n$(touch evil)\\ \u00e9 "x"', "pid": "1"}
    await guard.take("R1", who, takeover=False)
    holder = await guard.holder()
    assert holder is not None
    assert who.items() <= holder.items()


async def test_another_run_is_locked_out(guard: Guard, tmp_path: Path, another: Make) -> None:
    await guard.take("R1", WHO, takeover=False)
    for takeover in (False, True):
        with pytest.raises(Locked, match=r"held by run R1 \(olga@laptop, pid 4711\) since .* is active") as locked:
            await Guard(another(), str(tmp_path)).take("R2", {}, takeover)
        assert locked.value.holder["run"] == "R1"
        assert locked.value.holder["alive"] == "yes"


async def test_a_living_driver_is_replaced_only_by_a_takeover(guard: Guard, tmp_path: Path, another: Make) -> None:
    other = another()
    other_laptop = Guard(other, str(tmp_path))
    await guard.take("R1", WHO, takeover=False)
    with pytest.raises(Locked):
        await other_laptop.take("R1", {}, takeover=False)
    assert (await other_laptop.take("R1", {}, takeover=True)).epoch == 2
    with pytest.raises(Fenced, match=r"epoch 2 there"):
        await guard.job("k", touch("effect"), 1, 5, [], 1, "R1")
    with pytest.raises(Fenced):
        await guard.mirror("R1", 1, ["{}"], 1)
    with pytest.raises(Fenced):
        await guard.release("R1", 1)
    assert not (tmp_path / "effect").exists()


DRIVER = """
import asyncio, sys
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.transport.local import LocalHost
async def drive():
    await Guard(LocalHost(), sys.argv[1]).take("R1", {"pid": "1"}, False)
    print("taken", flush=True)
    await asyncio.sleep(60)
asyncio.run(drive())
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_a_dead_driver_is_seen_to_be_dead(guard: Guard, tmp_path: Path, end: signal.Signals) -> None:
    driver = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DRIVER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert driver.stdout is not None
    assert await driver.stdout.readline() == b"taken\n"
    assert ((await guard.holder()) or {})["alive"] == "yes"
    driver.send_signal(end)
    await driver.wait()
    for _ in range(50):
        if ((await guard.holder()) or {})["alive"] == "no":
            break
        await asyncio.sleep(0.05)
    assert (await guard.take("R1", {}, takeover=False)).epoch == 2


async def test_of_two_that_race_one_wins(tmp_path: Path, another: Make) -> None:
    for name in range(4):
        place = tmp_path / str(name)
        place.mkdir()
        hosts = [another() for _ in range(4)]
        takes = [Guard(host, str(place)).take(f"R{n}", {}, False) for n, host in enumerate(hosts)]
        ends = await asyncio.gather(*takes, return_exceptions=True)
        assert sorted(type(end).__name__ for end in ends) == ["Locked", "Locked", "Locked", "Taken"]


async def test_a_released_environment_is_free(guard: Guard, tmp_path: Path, another: Make) -> None:
    await guard.take("R1", WHO, takeover=False)
    await guard.release("R1", 1)
    assert await guard.holder() is None
    assert list((local_folder(tmp_path) / "present").iterdir()) == []
    other = another()
    assert (await Guard(other, str(tmp_path)).take("R2", {}, takeover=False)).epoch == 2
    with pytest.raises(Fenced):
        await guard.release("R1", 1)


async def test_an_older_driver_woken_up_touches_nothing(guard: Guard, tmp_path: Path, another: Make) -> None:
    """Paused between its decision and the guard, for as long as it takes; then it is fenced."""
    await guard.take("R1", WHO, takeover=False)
    pid = tmp_path / "pid"
    paused = another("sh", "-c", f'echo $$ >"{pid}.new"; mv "{pid}.new" "{pid}"; kill -STOP $$; exec sh -s')
    late = asyncio.create_task(Guard(paused, str(tmp_path)).job("k", touch("effect"), 1, 5, [], 1, "R1"))
    while not pid.exists():
        await asyncio.sleep(0.01)
    other = another()
    assert (await Guard(other, str(tmp_path)).take("R1", {}, takeover=True)).epoch == 2
    while "T" not in Path(f"/proc/{pid.read_text().strip()}/stat").read_text().rpartition(")")[2].split()[0]:
        await asyncio.sleep(0.01)
    os.kill(int(pid.read_text()), signal.SIGCONT)
    with pytest.raises(Fenced):
        await late
    assert not (tmp_path / "effect").exists()


async def test_mirrored_lines_are_kept_in_their_places(guard: Guard, tmp_path: Path) -> None:
    await guard.take("R1", WHO, takeover=False)
    lines = [MARK % seq for seq in range(1, 8)]
    assert await guard.mirror("R1", 1, lines[:3], 1) == 3
    assert await guard.mirror("R1", 2, lines[1:5], 1) == 5, "what is there already is not written again"
    assert await guard.mirror("R1", 1, lines[:2], 1) == 5
    assert await guard.mirror("R1", 7, lines[6:], 1) == 5, "a gap writes nothing, and says from where to send"
    assert await guard.mirror("R1", 6, lines[5:], 1) == 7
    assert await guard.lines("R1") == lines
    assert (await guard.take("R1", WHO, takeover=False)).mirrored == 7
    done = await guard.job("k", Job((run("true"),)), 2, 5, [MARK % 8], 8, "R1")
    assert done.mirrored == 8
    assert len(await guard.lines("R1")) == 8


async def test_a_torn_line_is_cut_off(guard: Guard, tmp_path: Path) -> None:
    await guard.take("R1", WHO, takeover=False)
    await guard.mirror("R1", 1, [MARK % 1, MARK % 2], 1)
    file = local_folder(tmp_path) / "runs/R1.jsonl"
    file.write_bytes(file.read_bytes()[:-9])
    assert await guard.lines("R1") == [MARK % 1]
    assert await guard.mirror("R1", 2, [MARK % 2, MARK % 3], 1) == 3
    assert await guard.lines("R1") == [MARK % seq for seq in (1, 2, 3)]


async def test_the_runs_that_the_host_knows(guard: Guard) -> None:
    await guard.take("R1", WHO, takeover=False)
    for name in ("R1", "R2", "R3"):
        await guard.mirror(name, 1, ["{}"], 1)
    assert sorted(await guard.runs()) == ["R1", "R2", "R3"]


@pytest.mark.parametrize("line", ["two\nlines", "a\0b"])
async def test_an_event_is_one_line(guard: Guard, line: str) -> None:
    with pytest.raises(ValueError):
        await guard.mirror("R1", 1, [line], 1)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-n", ".x", "a b", "a\n", "x" * 300, "$(id)"])
async def test_names_that_are_none(guard: Guard, name: str) -> None:
    for ask in (guard.take(name, {}, False), guard.lines(name), guard.find(name), guard.release(name, 1)):
        with pytest.raises(ValueError):
            await ask
    with pytest.raises(ValueError):
        await guard.job(name, touch("x"), 1, 5, [], 1, "R1")


async def test_a_newer_folder_is_left_alone(guard: Guard, tmp_path: Path) -> None:
    (local_folder(tmp_path) / "version").write_text("3\n")
    with pytest.raises(Refused, match=r"newer titan-flow .format 3.: upgrade"):
        await guard.take("R1", {}, takeover=False)


async def test_a_missing_program_is_named(tmp_path: Path, another: Make) -> None:
    bare = another("sh", "-c", 'command() { [ "$2" != flock ]; }; eval "$(cat)"')
    with pytest.raises(Refused, match="`flock` is missing there"):
        await Guard(bare, str(tmp_path)).take("R1", {}, takeover=False)


class Door(Gateway):
    def __init__(self) -> None:
        self.seen = list[tuple[str, str]]()

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        self.seen.append((kind, about))
        return await effect()


async def test_every_effect_goes_through_the_port(host: LocalHost, tmp_path: Path) -> None:
    door = Door()
    guard = Guard(host, str(tmp_path), door)
    await guard.identify()
    epoch = (await guard.take("R1", {}, takeover=False)).epoch
    await guard.job("R1-up-1", Job((run("true"),)), epoch, 5, [], 1, "R1")
    await guard.find("R1-up-1")
    await guard.mirror("R1", 1, ["{}"], epoch)
    await guard.release("R1", epoch)
    assert [kind for kind, _ in door.seen] == ["take", "take", "job", "look", "mirror", "take"]
