"""Where the guard's folder lies, what a commit can do about it, and that nothing foreign or damaged in it blocks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.errors import DisarmedMeanwhile, Fenced, Locked, Refused
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost

pytestmark = pytest.mark.slow
Make = Callable[..., LocalHost]
TOUCH = Job((run("touch", "effect"),))


def git(folder: Path, *words: str) -> str:
    config = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", *config, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


async def test_what_a_commit_carries_and_a_clean_removes_is_not_the_guards(
    shell: tuple[str, ...], tmp_path: Path, another: Make
) -> None:
    guard = Guard(another(*shell), str(tmp_path))
    git(tmp_path, "init", "-q")
    id = await guard.identify()
    epoch = (await guard.take("R1", {}, False)).epoch
    git(tmp_path, "clean", "-q", "-f", "-f", "-d", "-x")
    for name, text in {"epoch": "99", "version": "2", "id": "evil", "holder": "EVIL p 99 now", "disarm": "1 -"}.items():
        (tmp_path / ".titan-flow").mkdir(exist_ok=True)
        (tmp_path / ".titan-flow" / name).write_text(f"{text}\n")
    git(tmp_path, "add", "-f", ".titan-flow")
    git(tmp_path, "commit", "-q", "-m", "evil")
    assert await guard.identify() == await guard.environment() == id
    assert (await guard.holder() or {})["run"] == "R1"
    assert (await guard.job("k", TOUCH, epoch, 5, [], 1, "R1")).completed.ok


async def test_home_is_the_password_databases(guard: Guard, tmp_path: Path, another: Make) -> None:
    for home in ("/nonexistent", "", str(tmp_path)):
        assert await Guard(another("env", f"HOME={home}", "sh", "-s"), str(tmp_path)).environment() is not None
    assert await Guard(another("env", "-u", "HOME", "sh", "-s"), str(tmp_path)).environment() is not None


async def test_over_ssh_it_is_the_same_folder(guard: Guard, tmp_path: Path, far: SshHost) -> None:
    assert await Guard(far, str(tmp_path)).identify() == await guard.identify()


async def test_a_linked_folder_is_refused(tmp_path: Path, another: Make) -> None:
    folder = local_folder(tmp_path)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(tmp_path)
    try:
        with pytest.raises(Refused, match="is a symbolic link: nothing is read or written through it"):
            await Guard(another(), str(tmp_path)).identify()
    finally:
        folder.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_a_folder_of_somebody_else_is_refused(guard: Guard, tmp_path: Path) -> None:
    os.chown(local_folder(tmp_path), 65534, 65534)
    for ask in (guard.identify, guard.holder):
        with pytest.raises(Refused, match="belongs to another user"):
            await ask()


# --- An earlier version kept it in the directory ---------------------------------------------------------------------


def earlier(directory: Path) -> Path:
    """As titan-flow of format 1 left it: driven, one mirrored run, one emergency disarm."""
    folder = directory / ".titan-flow"
    for part in ("runs", "jobs/R1-up-1", "present"):
        (folder / part).mkdir(parents=True)
    told = {"version": "1", ".gitignore": "*", "id": "abc123", "epoch": "7", "brake": "3 olga@laptop", "lock": ""}
    for name, text in {**told, "holder": 'R1 p1 7 2026-01-01T00:00:00Z\n{"operator": "olga@laptop"}'}.items():
        (folder / name).write_text(f"{text}\n")
    (folder / "runs/R1.jsonl").write_text('{"seq":1}\n')
    (folder / "images.json").write_text("{}")
    (folder / "jobs/R1-up-1/status").write_text(f"{'0 1.00 2.00 5':<63}\n")
    (folder / "jobs/R1-up-1/about").write_text("R1 9\n")
    (folder / "jobs/R1-up-1/live").write_text("")
    folder.chmod(0o700)
    return folder


async def test_it_is_read_there_until_the_first_writing_moves_it(
    shell: tuple[str, ...], tmp_path: Path, another: Make
) -> None:
    old, guard = earlier(tmp_path), Guard(another(*shell), str(tmp_path))
    for _ in range(2):
        assert await guard.environment() == "abc123" and await guard.lines("R1") == ['{"seq":1}']
        assert (await guard.holder() or {})["epoch"] == "7"
        disarm = await guard.last_disarm()
        assert (disarm.identity, disarm.by) == (3, "olga@laptop")
        assert await guard.identify() == "abc123"
    assert (await guard.take("R1", {}, True)).epoch == 8
    assert (await guard.find("R1-up-1")) is not None
    assert {path.name for path in old.iterdir()} == {"version", ".gitignore", "images.json", "lock"}
    assert (old / "version").read_text() == "2\n", "an older titan-flow refuses a newer version"


async def test_moved_by_eight_at_once_it_is_moved_once(tmp_path: Path, another: Make) -> None:
    import asyncio

    earlier(tmp_path)
    ids = await asyncio.gather(*(Guard(another(), str(tmp_path)).identify() for _ in range(8)))
    assert set(ids) == {"abc123"}


async def test_an_arming_run_of_the_earlier_version_goes_on_only_without_a_newer_disarm(
    guard: Guard, tmp_path: Path
) -> None:
    shutil.rmtree(local_folder(tmp_path))
    shutil.rmtree(tmp_path / ".titan-flow")
    earlier(tmp_path)
    epoch = (await Guard(LocalHost(), str(tmp_path)).take("R1", {}, True)).epoch
    armed = Job((run("touch", "armed"),), arms=True)
    with pytest.raises(DisarmedMeanwhile):
        await guard.job("R1-arm-1", armed, epoch, 5, [], 1, "R1", 2)
    assert (await guard.job("R1-arm-1", armed, epoch, 5, [], 1, "R1", 3)).completed.ok


async def test_what_git_tracks_is_not_believed(tmp_path: Path, another: Make) -> None:
    earlier(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", ".titan-flow/id")
    with pytest.raises(Refused, match="is in git, so what it says is not believed: `git rm -r --cached`"):
        await Guard(another(), str(tmp_path)).identify()


async def test_links_in_it_are_not_followed(tmp_path: Path, another: Make) -> None:
    old = earlier(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/EVIL.jsonl").write_text("{}\n")
    shutil.rmtree(old / "runs")
    (old / "runs").symlink_to(tmp_path / "elsewhere")
    guard = Guard(another(), str(tmp_path))
    await guard.identify()
    assert await guard.runs() == []


async def test_a_linked_earlier_folder_is_no_folder(tmp_path: Path, another: Make) -> None:
    real = tmp_path / "checkout"
    real.mkdir()
    (real / ".titan-flow").symlink_to(earlier(tmp_path))
    assert await Guard(another(), str(real)).identify() != "abc123"
    assert (tmp_path / ".titan-flow/version").read_text() == "1\n", "nothing is written through the link"


# --- One foreign or damaged file blocks nothing ----------------------------------------------------------------------

NAMES = (
    "directory",
    "lock",
    "busy",
    "epoch",
    "holder",
    "version",
    "id",
    "disarm",
    "runs",
    "jobs",
    "present",
    "reserve",
)
BECOMES: dict[str, Callable[[Path], object]] = {
    "removed": lambda path: None,
    "empty": lambda path: path.write_text(""),
    "rubbish": lambda path: path.write_bytes(b"\xff\x00\n$(touch evil) ../../etc/passwd\n"),
    "a folder": lambda path: (path / "deep").mkdir(parents=True),
    "a pipe": os.mkfifo,
    "a link to nowhere": lambda path: path.symlink_to("/nonexistent/x"),
    "a link to a file": lambda path: path.symlink_to("/etc/hostname"),
}


def become(path: Path, kind: str) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    BECOMES[kind](path)


def sweep() -> Iterator[ParameterSet]:
    """Each file and each damage, together in all ways; `make test` takes two damages of each file."""
    for number, name in enumerate(NAMES):
        for place, kind in enumerate(BECOMES):
            often = (place - number) % len(BECOMES) in (0, 3)
            yield pytest.param(name, kind, marks=() if often else pytest.mark.soak)


@pytest.mark.parametrize(("name", "kind"), sweep())
async def test_a_takeover_succeeds_whatever_became_of_one_file(
    guard: Guard, tmp_path: Path, another: Make, name: str, kind: str
) -> None:
    """The driver before is alive, holds the environment, and has run a job."""
    id = await guard.identify()
    before = (await guard.take("R1", {"operator": "olga"}, False)).epoch
    await guard.job("R1-a-1", Job((run("true"),)), before, 5, ["{}"], 1, "R1")
    become(local_folder(tmp_path) / name, kind)
    other = Guard(another(), str(tmp_path))
    after = (await other.take("R1", {"operator": "ben"}, takeover=True)).epoch
    assert after != before
    with pytest.raises(Fenced):
        await guard.job("R1-b-1", TOUCH, before, 5, [], 1, "R1")
    assert not (tmp_path / "effect").exists() and not (tmp_path / "evil").exists()
    assert (await other.job("R1-b-1", TOUCH, after, 5, [], 1, "R1")).completed.ok
    assert await other.identify() == id, "the environment is still the same one"
    assert await other.runs() == ([] if name == "runs" else ["R1"])
    await other.release("R1", after)
    assert await other.holder() is None


FOREIGN: dict[str, Callable[[Path], object]] = {
    "a run with spaces": lambda folder: (folder / "runs/a b.jsonl").write_text("{}\n"),
    "a run that is a pipe": lambda folder: os.mkfifo(folder / "runs/P.jsonl"),
    "a run that is a folder": lambda folder: (folder / "runs/D.jsonl").mkdir(),
    "a run that is a link": lambda folder: (folder / "runs/L.jsonl").symlink_to("/etc/passwd"),
    "a run with a line break": lambda folder: (folder / "runs/x\ny.jsonl").write_text("{}\n"),
    "a run like an option": lambda folder: (folder / "runs/-rf.jsonl").write_text("{}\n"),
    "a job that is a file": lambda folder: (folder / "jobs/R1-b-1").write_text("x"),
    "a job that is a link": lambda folder: (folder / "jobs/R1-b-1").symlink_to("/etc"),
    "a job without anything": lambda folder: (folder / "jobs/X").mkdir(),
    "a job whose about is a pipe": lambda folder: os.mkfifo(_mkdir(folder / "jobs/X") / "about"),
    "a job with a strange name": lambda folder: (folder / "jobs/$(id)").mkdir(),
    "a presence that is a pipe": lambda folder: os.mkfifo(folder / "present/P"),
    "an unknown file": lambda folder: (folder / "what").write_bytes(b"\0" * 5000),
    "the run's own copy is a pipe": lambda folder: _replace(folder / "runs/R1.jsonl"),
    "half a job of before": lambda folder: (folder / "jobs/.new").write_text(""),
    "half a file of before": lambda folder: (folder / "epoch.new").mkdir(),
    "what was set aside before": lambda folder: (folder / "foreign").write_text(""),
}


def _mkdir(path: Path) -> Path:
    path.mkdir()
    return path


def _replace(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("what", FOREIGN)
async def test_what_is_foreign_blocks_nothing(guard: Guard, tmp_path: Path, another: Make, what: str) -> None:
    before = (await guard.take("R1", {}, False)).epoch
    await guard.mirror("R1", 1, ["{}"], before)
    FOREIGN[what](local_folder(tmp_path))
    other = Guard(another(), str(tmp_path))
    await other.identify()
    assert set(await other.runs()) <= {"R1"} and await other.marks() == []
    after = (await other.take("R1", {}, takeover=True)).epoch
    assert after == before + 1
    assert (await other.job("R1-b-1", TOUCH, after, 5, ["{}"], 1, "R1")).completed.ok
    assert await other.lines("R1") == ["{}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", NAMES)
async def test_what_sudo_left_there_blocks_nothing(guard: Guard, tmp_path: Path, another: Make, name: str) -> None:
    await guard.take("R1", {}, False)
    path = local_folder(tmp_path) / name
    path.touch()
    os.chown(path, 65534, 65534)
    other = Guard(another(), str(tmp_path))
    after = (await other.take("R1", {}, takeover=True)).epoch
    assert (await other.job("R1-b-1", TOUCH, after, 5, [], 1, "R1")).completed.ok


@pytest.mark.parametrize("epoch", ["9" * 15, "9" * 16, "9" * 18, str(2**63 - 1), str(2**63), "9" * 60, "-5", "007"])
async def test_an_epoch_that_cannot_be_counted_on_is_replaced(guard: Guard, tmp_path: Path, epoch: str) -> None:
    folder = local_folder(tmp_path)
    await guard.take("R1", {}, False)
    (folder / "epoch").write_text(f"{epoch}\n")
    (folder / "holder").write_text(f"R1 p {epoch} now\n{{}}\n")
    seen = [(await guard.take("R1", {}, True)).epoch for _ in range(3)]
    assert len({*seen, 1}) == 4 and all(0 < one < 2**53 or one == 10**15 for one in seen)
    with pytest.raises(Fenced):
        await guard.job("k", TOUCH, 1, 5, [], 1, "R1")
    assert (await guard.job("k", TOUCH, seen[-1], 5, [], 1, "R1")).completed.ok


ENVIRONMENT = {
    "BASH_ENV": "/nonexistent/rc",
    "ENV": "/nonexistent/rc",
    "CDPATH": "/etc:/",
    "IFS": "/.-",
    "LD_PRELOAD": "/nonexistent/evil.so",
    "GIT_DIR": "/nonexistent",
    "GIT_WORK_TREE": "/nonexistent",
    "GIT_INDEX_FILE": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/nonexistent",
    "POSIXLY_CORRECT": "1",
    "SHELLOPTS": "noexec:noglob:errexit:nounset",
    "BASHOPTS": "failglob",
    "BASH_FUNC_flock%%": "() { echo evil; }",
    "PS4": "$(touch evil)",
    "UID": "5",
    "LC_ALL": "tr_TR.UTF-8",
    "TMPDIR": "/nonexistent",
    "HOME": "/nonexistent",
    "PATH": f".::evil:{os.environ['PATH']}",
    "A_LINE": "one\nPATH=/nonexistent\nreadonly x=(",
}


ALONE = [pytest.param(name, marks=pytest.mark.soak) for name in ENVIRONMENT]


@pytest.mark.parametrize("name", [*ALONE, "all of them"])
async def test_no_variable_of_the_operators_shell_changes_a_job(
    monkeypatch: pytest.MonkeyPatch, shell: tuple[str, ...], tmp_path: Path, name: str
) -> None:
    for program in ("flock", "git", "sha256sum", "true"):
        (tmp_path / program).write_text("#!/bin/sh\ntouch evil\n")
        (tmp_path / program).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    for variable, value in ENVIRONMENT.items():
        if name in (variable, "all of them"):
            monkeypatch.setenv(variable, value)
    guard = Guard(LocalHost(shell), str(tmp_path))
    epoch = (await guard.take("R1", {}, False)).epoch
    done = await guard.job("k", Job((run("sh", "-c", "pwd; true"),)), epoch, 5, [], 1, "R1")
    assert (done.completed.status, done.completed.out) == (0, f"{tmp_path}\n")
    assert not (tmp_path / "evil").exists()
    await guard.release("R1", epoch)


# --- Who meets in it -------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can log in as somebody else")
async def test_a_second_user_is_refused_and_told_who_the_owner_is(another: Make) -> None:
    with tempfile.TemporaryDirectory() as shared:
        os.chmod(shared, 0o777)
        other = Guard(another("setpriv", "--reuid=daemon", "--clear-groups", "sh", "-s"), shared)
        for ask in (other.identify, other.holder, other.last_disarm):
            with pytest.raises(Refused, match=rf"{shared} belongs to root, and daemon logs in.* Log in as root, or on"):
                await ask()
        os.chown(shared, 1, 1)
        with pytest.raises(Refused, match=r"belongs to daemon, and root logs in.* sudo chown root"):
            await Guard(another(), shared).identify()
        assert os.listdir(shared) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
async def test_a_bind_mount_of_the_directory_has_its_guard(guard: Guard, tmp_path: Path, another: Make) -> None:
    await guard.take("R1", {"operator": "olga"}, False)
    with tempfile.TemporaryDirectory() as mount:
        if subprocess.run(["mount", "--bind", str(tmp_path), mount], capture_output=True).returncode != 0:
            pytest.skip("mounting is not allowed here")
        try:
            other = Guard(another(), mount)
            assert await other.environment() == await other.identify() == await guard.identify()
            with pytest.raises(Locked, match="held by run R1"):
                await other.take("R2", {}, False)
            assert not local_folder(Path(mount)).exists()
        finally:
            subprocess.run(["umount", mount], check=True)
        assert await Guard(another(), mount).environment() is None, "another directory, once it is unmounted"
