"""The fallback that a host holds: it waits for the driver's silence, fences it off, and says what it did."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Command, Job, run
from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.guard import fallback as fallbacks
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.fallback import Fallback, FallbackSeen, HostDeed, read_fallback
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.transport.frames import Frame
from titan_flow.adapters.transport.local import LocalHost

pytestmark = pytest.mark.slow

Make = Callable[..., LocalHost]
OLGA = {"operator": "olga@laptop", "pid": "4711"}


def doing(script: str, **more: object) -> Fallback:
    fallback = Fallback("rollback", 1, 20, (run("sh", "-c", script),))
    return replace(fallback, **more)  # type: ignore[arg-type]


def folder(tmp_path: Path) -> Path:
    return local_folder(tmp_path) / "fallback"


async def armed(guard: Guard, fallback: Fallback) -> int:
    epoch = (await guard.take("R1", OLGA, takeover=False)).epoch
    await fallbacks.arm(guard, "R1", epoch, fallback)
    return epoch


async def over(guard: Guard, state: str = "done") -> HostDeed:
    for _ in range(1500):
        did = (await fallbacks.seen(guard)).did
        if did is not None and did.state == state:
            return did
        await asyncio.sleep(0.02)
    raise AssertionError(f"never {state}")


def watchers(tmp_path: Path) -> list[int]:
    """The processes that wait for this directory's guard."""
    found = list[int]()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words, at = (process / "cmdline").read_bytes().split(b"\0"), os.readlink(process / "cwd")
        except OSError:
            continue
        if b"fallback/watch" in words and at == str(local_folder(tmp_path)):
            found.append(int(process.name))
    return found


def waits(tmp_path: Path) -> bool:
    """Whether some process waits: it holds the lock."""
    return subprocess.run(["flock", "-n", folder(tmp_path) / "live", "true"]).returncode != 0


def kill(tmp_path: Path) -> None:
    """Kills the process that waits, and what it started to wait with."""
    while waits(tmp_path):
        for pid in watchers(tmp_path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def until(holds: Callable[[], object]) -> None:
    for _ in range(1500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never")


async def test_a_driver_that_goes_is_replaced_by_the_host(
    shell: tuple[str, ...], tmp_path: Path, another: Make
) -> None:
    host, other = another(*shell), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    brake = (run("sh", "-c", "echo brake >>did"),)
    soft = (run("false"), run("sh", "-c", "echo back >>did"))
    epoch = await armed(guard, Fallback("rollback", 1, 20, soft, brake, frozenset({0})))
    assert await fallbacks.seen(other) == FallbackSeen("R1", None)
    await host.close()
    did = await over(other)
    assert (tmp_path / "did").read_text() == "brake\nback\n"
    assert (did.run, did.epoch, did.do, did.tries, did.driver) == ("R1", epoch + 1, "rollback", 1, "olga@laptop")
    assert did.silent >= 1
    assert await fallbacks.seen(other) == FallbackSeen(None, did)
    assert not (folder(tmp_path) / "launch").exists()  # it may have held a secret
    with pytest.raises(Fenced):
        await other.job("late", Job((run("touch", "late"),)), epoch, 5, [], 1, "R1")
    assert (await other.take("R1", OLGA, takeover=False)).epoch == epoch + 2
    await other.release("R1", epoch + 2)
    assert await fallbacks.seen(other) == FallbackSeen(None, None)


async def test_it_does_nothing_while_a_driver_lives_or_once_it_is_dropped(tmp_path: Path, another: Make) -> None:
    host = another()
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    epoch = await armed(guard, doing("touch did"))
    await until(lambda: int((folder(tmp_path) / "heard").read_text()) > 0)
    await asyncio.sleep(2)  # longer than `after`: what must not happen can only be waited for
    await fallbacks.drop(guard, "R1", epoch)
    assert await fallbacks.seen(guard) == FallbackSeen(None, None)
    await host.close()
    await until(lambda: not waits(tmp_path))
    assert not (tmp_path / "did").exists()


async def test_a_deadline_that_passes_while_the_confirmation_is_on_its_way(tmp_path: Path, another: Make) -> None:
    """Dropping and carrying out exclude each other: one of the two is told no."""
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    epoch = await armed(guard, doing("touch did"))
    await host.close()
    await over(other)
    with pytest.raises(Fenced):
        await fallbacks.drop(other, "R1", epoch)


async def test_a_job_under_way_ends_first(tmp_path: Path, another: Make) -> None:
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    epoch = await armed(guard, doing("cat effects >seen"))
    slow = run("sh", "-c", "touch started; while [ ! -e go ]; do sleep 0.02; done; echo once >>effects")
    waiting = asyncio.create_task(guard.job("k", Job((slow,)), epoch, 60, [], 1, "R1"))
    await until((tmp_path / "started").exists)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await host.close()
    await over(other, "fired")
    (tmp_path / "go").touch()
    await over(other)
    assert (tmp_path / "seen").read_text() == "once\n"


async def test_a_fallback_that_is_killed_goes_on_where_it_is_started_again(tmp_path: Path, another: Make) -> None:
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    epoch = await armed(guard, doing("echo try >>did; touch started; while [ ! -e go ]; do sleep 0.02; done"))
    await host.close()
    await until((tmp_path / "started").exists)
    kill(tmp_path)
    (tmp_path / "go").touch()
    again = subprocess.run(["dash", "fallback/watch"], cwd=local_folder(tmp_path))
    assert again.returncode == 0
    did = await over(other)
    assert (did.epoch, did.driver) == (epoch + 2, "olga@laptop")
    assert (tmp_path / "did").read_text() == "try\ntry\n"


async def test_one_process_waits_and_a_driver_replaces_a_killed_one(guard: Guard, tmp_path: Path) -> None:
    epoch = await armed(guard, doing("true"))
    await until(lambda: waits(tmp_path))
    await fallbacks.arm(guard, "R1", epoch, doing("true", do="disarm"))
    subprocess.run(["sh", "fallback/watch"], cwd=local_folder(tmp_path), check=True)  # returns: another one waits
    assert waits(tmp_path)
    kill(tmp_path)
    assert not waits(tmp_path)
    await guard.mirror("R1", 1, [], epoch)
    await until(lambda: waits(tmp_path))
    await guard.release("R1", epoch)


async def test_what_fails_is_tried_again_and_says_why(tmp_path: Path, another: Make) -> None:
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    await armed(guard, doing('echo try >>did; [ "$(wc -l <did)" -ge 2 ] || { echo "docker is down" >&2; exit 1; }'))
    _sooner(tmp_path)
    await host.close()
    did = await over(other)
    assert (did.tries, (tmp_path / "did").read_text()) == (2, "try\ntry\n")


async def test_what_never_works_ends_and_is_reported(tmp_path: Path, another: Make) -> None:
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    await armed(guard, doing('echo "Cannot connect to the Docker daemon" >&2; exit 1'))
    _sooner(tmp_path)
    await host.close()
    did = await over(other, "failed")
    assert (did.tries, did.why) == (fallbacks.TRIES, "Cannot connect to the Docker daemon")


def _sooner(tmp_path: Path) -> None:
    """Restarts the process that waits, without pauses."""
    watch = folder(tmp_path) / "watch"
    watch.write_text(watch.read_text().replace("PAUSE=10", "PAUSE=0"))
    kill(tmp_path)
    subprocess.Popen(["setsid", "sh", "fallback/watch"], cwd=local_folder(tmp_path))


async def test_after_a_restart_of_the_host_nobody_waits(tmp_path: Path, another: Make) -> None:
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    await armed(guard, doing("touch did", after=3600))
    kill(tmp_path)
    await host.close()
    record = folder(tmp_path) / "armed"
    *words, _ = record.read_text().split()
    record.write_text(" ".join([*words, "another-boot"]) + "\n")
    subprocess.run(["sh", "fallback/watch"], cwd=local_folder(tmp_path), check=True)
    assert (await over(other)).run == "R1"


async def test_a_run_that_was_replaced_has_no_fallback(tmp_path: Path, another: Make) -> None:
    host, other = another(), Guard(another(), str(tmp_path))
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    await armed(guard, doing("touch did", brake=(run("touch", "braked"),)))
    (local_folder(tmp_path) / "holder").write_text('R2 P 7 now\n{"operator":"jan"}\n')
    await host.close()
    await until(lambda: not (folder(tmp_path) / "armed").exists())
    assert not (tmp_path / "did").exists()
    assert not (tmp_path / "braked").exists()
    assert (await fallbacks.seen(other)).armed is None


async def test_on_a_full_disk_it_still_disarms(tmp_path: Path, another: Make) -> None:
    """Nothing new can be written: the disarm is sent all the same, and the rest waits for room."""
    host = another()
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    await armed(guard, doing("touch did", brake=(run("touch", "braked"),)))
    watch = folder(tmp_path) / "watch"
    full = 'put() { [ -e "$HERE/room" ]; return "$?"; }\n{ scrub; fallback_watch'
    real = watch.read_text()
    watch.write_text(real.replace("PAUSE=10", "PAUSE=0").replace("{ scrub; fallback_watch", full))
    kill(tmp_path)
    waiting = subprocess.Popen(["setsid", "sh", "fallback/watch"], cwd=local_folder(tmp_path))
    await host.close()
    await until((tmp_path / "braked").exists)
    assert not (tmp_path / "did").exists()
    watch.write_text(real)
    waiting.kill()
    kill(tmp_path)
    subprocess.run(["sh", "fallback/watch"], cwd=local_folder(tmp_path), check=True)
    assert (tmp_path / "did").exists()


async def test_an_old_driver_cannot_arm_it(guard: Guard) -> None:
    await guard.take("R1", OLGA, takeover=False)
    with pytest.raises(Fenced):
        await fallbacks.arm(guard, "R1", 7, doing("true"))


async def test_what_commands_hold_stays_in_a_file_that_only_we_can_read(guard: Guard, tmp_path: Path) -> None:
    epoch = await armed(guard, Fallback("disarm", 60, 5, (Command(("cat",), stdin="s3cret's"),)))
    kept = folder(tmp_path) / "launch"
    assert kept.stat().st_mode & 0o077 == 0
    assert "s3cret" in kept.read_text()
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "s3cret" not in shown
    await guard.release("R1", epoch)
    assert not kept.exists()


@pytest.mark.parametrize(
    "words", [(), ("R",), ("R", "gone", "1", "t", "1", "rollback"), ("R", "done", "x", "t", "1", "rollback")]
)
def test_a_damaged_answer_counts_as_not_there(words: tuple[str, ...]) -> None:
    assert read_fallback([Frame("did", words, b"")]) == FallbackSeen()
