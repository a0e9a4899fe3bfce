"""Jobs: started once, whatever happens to those who wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Command, Job, run
from titan_flow.adapters.errors import Refused
from titan_flow.adapters.guard.client import Done, Guard
from titan_flow.adapters.guard.protocol import KEPT, LOST, local_folder
from titan_flow.adapters.transport.local import LocalHost

pytestmark = pytest.mark.slow

Make = Callable[..., LocalHost]


def sh(script: str, **more: str) -> Job:
    return Job((run("sh", "-c", script, **more),))  # type: ignore[arg-type]


SLOW = "touch started; while [ ! -e go ]; do sleep 0.02; done; echo once >>effects; exit 3"
"""leaves one line however often it is waited for"""


async def until(path: Path) -> None:
    for _ in range(500):
        if path.exists():
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{path} never came")


@pytest.fixture
async def ours(guard: Guard) -> Guard:
    await guard.take("R1", {}, takeover=False)
    return guard


async def begun(guard: Guard, key: str, job: Job, epoch: int = 1, timeout: float = 20) -> Done:
    return await guard.job(key, job, epoch, timeout, [], 1, "R1")


async def test_status_and_output_under_every_shell(shell: tuple[str, ...], tmp_path: Path, another: Make) -> None:
    host = another(*shell)
    guard = Guard(host, str(tmp_path))
    await guard.take("R1", {}, takeover=False)
    (tmp_path / "sub").mkdir()
    job = Job(
        (
            Command(("sh", "-c", 'pwd; echo "$A"; cat; umask'), cwd="sub", env={"A": "it's"}, stdin="a\0'\n\\"),
            run("sh", "-c", "echo oh >&2; exit 3"),
            run("touch", "never"),
        )
    )
    done = await begun(guard, "k1", job)
    usual = subprocess.run(["sh", "-c", "umask"], capture_output=True, text=True, check=True).stdout
    assert done.completed.status == 3
    assert done.completed.out == f"{tmp_path}/sub\nit's\na\0'\n\\{usual}"
    assert done.completed.err == "oh\n"
    assert (done.attached, done.completed.cut, done.completed.timed_out) == (False, False, False)
    assert not (tmp_path / "never").exists()
    again = await begun(guard, "k1", sh("touch never"))
    assert (again.attached, again.completed) == (True, done.completed)
    late = await begun(guard, "k2", sh("sleep 9"), timeout=1)
    assert late.completed.timed_out
    assert not (tmp_path / "never").exists()


async def test_a_job_outlives_the_process_that_waits(ours: Guard, tmp_path: Path) -> None:
    waiting = asyncio.create_task(begun(ours, "k", sh(SLOW)))
    await until(tmp_path / "started")
    waiting.cancel()  # kills our `sh` and its group with SIGKILL
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (tmp_path / "go").touch()
    done = await ours.find("k")
    assert done is not None
    assert done.completed.status == 3
    assert (tmp_path / "effects").read_text() == "once\n"


async def test_a_later_caller_attaches(ours: Guard, tmp_path: Path) -> None:
    waiting = [asyncio.create_task(begun(ours, "k", sh(SLOW))) for _ in range(4)]
    await until(tmp_path / "started")
    (tmp_path / "go").touch()
    ends = await asyncio.gather(*waiting)
    assert sorted(end.attached for end in ends) == [False, True, True, True]
    assert {end.completed.status for end in ends} == {3}
    assert (tmp_path / "effects").read_text() == "once\n"


async def test_a_second_job_waits_for_the_first(ours: Guard, tmp_path: Path) -> None:
    first = asyncio.create_task(begun(ours, "k1", sh(SLOW)))
    await until(tmp_path / "started")
    second = asyncio.create_task(begun(ours, "k2", sh("cat effects")))
    await asyncio.sleep(0.2)
    (tmp_path / "go").touch()
    assert (await second).completed.out == "once\n"
    await first


async def test_a_new_driver_first_drains_the_old_ones_job(ours: Guard, tmp_path: Path, another: Make) -> None:
    old = asyncio.create_task(begun(ours, "k", sh(SLOW)))
    await until(tmp_path / "started")
    host = another()
    taking = asyncio.create_task(Guard(host, str(tmp_path)).take("R1", {}, takeover=True))
    await asyncio.sleep(0.3)
    assert not taking.done()
    (tmp_path / "go").touch()
    assert (await taking).epoch == 2
    assert (tmp_path / "effects").read_text() == "once\n"
    assert (await old).completed.status == 3


async def test_the_deadline_lets_a_new_driver_in(ours: Guard, tmp_path: Path, another: Make) -> None:
    stubborn = sh("trap '' TERM; touch started; while :; do sleep 0.1; done")
    old = asyncio.create_task(begun(ours, "k", stubborn, timeout=1))
    await until(tmp_path / "started")
    host = another()
    began = time.monotonic()
    await Guard(host, str(tmp_path)).take("R1", {}, takeover=True)
    assert time.monotonic() - began < 6
    assert (await old).completed.timed_out


@pytest.mark.parametrize("streams", ["", ">/dev/null 2>&1"])
async def test_a_daemon_holds_no_lock(ours: Guard, tmp_path: Path, streams: str) -> None:
    began = time.monotonic()
    done = await begun(ours, "k1", sh(f"echo up; setsid sleep 60 {streams} & echo $! >pid"))
    try:
        assert done.completed.status == 0
        assert not streams or done.completed.out == "up\n", "what it said is lost only where the daemon holds the pipe"
        assert (await begun(ours, "k2", sh("exit 4"))).completed.status == 4
        assert time.monotonic() - began < 5
        os.kill(int((tmp_path / "pid").read_text()), 0)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


async def test_a_killed_runner_frees_nothing_while_its_command_runs(ours: Guard, tmp_path: Path) -> None:
    telling = "awk '/PPid/{print $2}' /proc/$PPID/status >runner; "
    waiting = asyncio.create_task(begun(ours, "k", sh(telling + SLOW)))
    await until(tmp_path / "started")
    os.kill(int((tmp_path / "runner").read_text()), signal.SIGKILL)
    second = asyncio.create_task(begun(ours, "k2", sh("cat effects")))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    (tmp_path / "go").touch()
    done = await waiting
    assert done.completed.status == LOST
    assert "without a status" in done.completed.err
    assert (await second).completed.out == "once\n"


async def test_killed_before_it_was_launched_is_over_and_has_no_status(ours: Guard, tmp_path: Path) -> None:
    await begun(ours, "k1", sh("true"))
    (local_folder(tmp_path) / "jobs/k1/status").write_text(" " * 63 + "\n")
    done = await ours.find("k1")
    assert done is not None
    assert done.completed.status == LOST


async def test_a_flood_keeps_its_end(ours: Guard, tmp_path: Path) -> None:
    flood = "head -c 50000000 /dev/zero | tr '\\0' x; echo; echo the end; head -c 600000 /dev/zero >&2; exit 6"
    done = await begun(ours, "k", sh(flood))
    assert (done.completed.status, done.completed.cut) == (6, True)
    assert done.completed.out.endswith("x\nthe end\n")
    assert len(done.completed.out) == len(done.completed.err) == KEPT - 4096
    assert sum(path.stat().st_size for path in (local_folder(tmp_path) / "jobs/k").iterdir()) < 5 * KEPT


async def test_hostile_output_is_output(ours: Guard, tmp_path: Path) -> None:
    fake = f"tf{secrets.token_hex(16)}"
    evil = f"\n{fake} status 0 1.0 1.0 9\n\n{fake} end\n".encode() + bytes(range(256))
    (tmp_path / "evil").write_bytes(evil)
    done = await begun(ours, "k", sh("cat evil; exit 5"))
    assert (done.completed.status, done.completed.out) == (5, evil.decode(errors="replace"))


async def test_secrets_are_neither_kept_nor_listed(ours: Guard, tmp_path: Path) -> None:
    secret = secrets.token_hex(16)
    guard = local_folder(tmp_path)
    look = f"cat >/dev/null; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; cp -r {guard} seen"
    done = await begun(ours, "k1", sh(look, stdin=secret))
    assert "timeout -k 2" in done.completed.out
    assert secret not in done.completed.out
    kept = [path.read_bytes() for path in (tmp_path / "seen").rglob("*") if path.is_file()]
    assert kept
    assert not any(secret.encode() in text for text in kept)


async def test_a_command_has_none_of_our_descriptors(ours: Guard) -> None:
    done = await begun(ours, "k", sh("ls /proc/$$/fd"))
    assert done.completed.out.split() == ["0", "1", "2"]


async def test_time_is_for_all_commands_together(ours: Guard, tmp_path: Path) -> None:
    done = await begun(ours, "k", Job((run("sleep", "1.2"), run("sleep", "1.2"), run("touch", "never"))), timeout=2)
    assert done.completed.timed_out
    assert not (tmp_path / "never").exists()


async def test_a_command_that_says_124_was_not_late(ours: Guard) -> None:
    done = await begun(ours, "k", sh("exit 124"))
    assert (done.completed.status, done.completed.timed_out) == (124, False)


@pytest.mark.parametrize(("argv", "status"), [(("no-such-program",), 127), (("true",), 125)])
async def test_what_cannot_start(ours: Guard, argv: tuple[str, ...], status: int) -> None:
    cwd = "missing" if status == 125 else None
    assert (await begun(ours, "k", Job((Command(argv, cwd=cwd),)))).completed.status == status


async def test_old_jobs_of_other_runs_go(ours: Guard, tmp_path: Path) -> None:
    jobs = local_folder(tmp_path) / "jobs"
    await begun(ours, "R1-k", sh("true"))
    for number in range(30):
        (jobs / f"R0-{number}").mkdir()
        (jobs / f"R0-{number}" / "about").write_text("R0 100\n")
        os.utime(jobs / f"R0-{number}", (number, number))
    await ours.take("R1", {}, takeover=False)
    assert {path.name for path in jobs.iterdir()} == {"R1-k", *(f"R0-{number}" for number in range(10, 30))}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk to fill")
    directory = tmp_path / "small"
    directory.mkdir()
    place = local_folder(directory)
    place.mkdir(parents=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.decode().strip()}")
    yield directory
    subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()


async def test_a_full_disk_keeps_the_status_and_allows_a_rollback(small: Path, another: Make) -> None:
    host = another()
    guard = Guard(host, str(small))
    await guard.take("R1", {}, takeover=False)
    full = local_folder(small) / "fill"
    lines = ["x" * 30_000 for _ in range(5)]
    with contextlib.suppress(Refused):
        done = await begun(guard, "k1", sh(f"cat /dev/zero >{full}; echo last words; exit 7"))
        assert done.completed.status == 7
    told = await guard.mirror("R1", 1, lines, 1)
    assert told < 5
    back = await begun(guard, "k2", sh(f"echo back; rm {full}"))
    assert back.completed.status == 0, "what was kept in reserve lets a rollback start"
    assert await guard.mirror("R1", told + 1, lines[told:], 1) == 5
    assert await guard.lines("R1") == lines
    assert (await guard.take("R1", {}, takeover=False)).epoch == 2


async def test_a_disk_that_stays_full_starts_nothing(small: Path, another: Make) -> None:
    host = another()
    guard = Guard(host, str(small))
    await guard.take("R1", {}, takeover=False)
    (local_folder(small) / "reserve").unlink()
    with contextlib.suppress(OSError), (local_folder(small) / "fill").open("wb", buffering=0) as fill:
        while fill.write(b"x" * 4096):
            pass
    with pytest.raises(Refused, match="the disk is full, nothing was started"):
        await begun(guard, "k", sh("touch effect"))
    assert not (small / "effect").exists()
    assert await guard.find("k") is None
    with pytest.raises(Refused, match="the disk is full"):
        await guard.take("R1", {}, takeover=False)
    (local_folder(small) / "fill").unlink()
    assert (await guard.take("R1", {}, takeover=False)).epoch == 2
