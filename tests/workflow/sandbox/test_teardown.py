"""What is left of a sandbox: nothing, however it ended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.sandbox.hands import until
from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.sandbox import processes
from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import standing


def test_two_stand_side_by_side_and_nothing_of_either_stays(fresh: Path, directory: Path) -> None:
    fresh.mkdir()
    (other := fresh.parent / "letters").write_text("mine")
    sandbox.up(fresh)
    assert not set(standing(fresh).ports.values()) & set(standing(directory).ports.values())
    (fresh / "journal.db").write_text("mine too")
    sandbox.down(fresh)
    assert [path.name for path in fresh.iterdir()] == ["journal.db"], (
        "a directory that was there stays, and what is in it"
    )
    assert other.exists() and not processes.living(fresh)
    assert all(one["running"] for one in sandbox.status(directory)["services"].values())


def test_a_directory_deleted_by_hand(fresh: Path) -> None:
    sandbox.up(fresh)
    shutil.rmtree(fresh)
    with pytest.raises(SandboxError, match="still runs; first: titan-flow sandbox down"):
        sandbox.up(fresh)
    sandbox.down(fresh)
    assert not processes.living(fresh) and not fresh.exists()
    with pytest.raises(SandboxError, match="there is no sandbox here"):
        sandbox.down(fresh)


def test_orphans_of_a_killed_supervisor(fresh: Path) -> None:
    sandbox.up(fresh)
    first, *others = processes.living(fresh)
    os.kill(first, 9)
    until(lambda: first not in processes.living(fresh))
    assert set(others) & set(processes.living(fresh))
    assert not any(one["running"] for one in sandbox.status(fresh)["services"].values())
    sandbox.down(fresh)
    assert not processes.living(fresh) and not fresh.exists()


def test_after_a_reboot(fresh: Path) -> None:
    sandbox.up(fresh)
    processes.end(fresh)
    with pytest.raises(SandboxError, match="nothing of it runs; first: titan-flow sandbox down"):
        sandbox.up(fresh)
    sandbox.down(fresh)
    assert not fresh.exists()


def test_a_half_failed_up_leaves_nothing(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = fresh.parent / "bin"
    programs.mkdir()
    (programs / "nats-server").write_text("#!/bin/sh\necho port taken, or what\nexit 1\n")
    (programs / "nats-server").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    with pytest.raises(SandboxError, match=r"nats cannot be started; .*nats: port taken, or what"):
        sandbox.up(fresh)
    assert not fresh.exists() and not processes.living(fresh)


def test_an_up_that_was_killed_can_be_taken_down(fresh: Path) -> None:
    argv = [sys.executable, "-m", "titan_flow", "sandbox", "up", str(fresh)]
    up = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: bool(processes.living(fresh)))
    up.kill()
    up.wait(10)
    sandbox.down(fresh)
    assert not fresh.exists() and not processes.living(fresh)


def test_a_path_too_long_for_a_socket(fresh: Path) -> None:
    deep = fresh / ("deep" * 20)
    try:
        sandbox.up(deep)
        near = standing(deep).socket
        assert near.exists() and not near.is_relative_to(deep)
        sandbox.down(deep)
        assert not near.parent.exists() and not deep.exists()
    finally:
        processes.end(deep)


def test_what_is_missing_is_said_before_anything_is_made(fresh: Path, tmp_path: Path) -> None:
    """By a Python with no nats-server beside it, and without a PATH."""
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    done = subprocess.run(
        [python, "-m", "titan_flow", "sandbox", "up", fresh],
        env={"PATH": "/nowhere", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode and "no nats-server: pip install 'titan-flow[sandbox]'" in done.stderr, done.stderr
    assert not fresh.exists()
