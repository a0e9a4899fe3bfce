"""`titan-flow demo` on this machine: ends armed, or is ended; either way nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.daemon
CODE = "import sys; from titan_flow.workflow.cli.main import main; sys.exit(main(sys.argv[1:]))"


def demo(folder: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "TMPDIR": str(folder), "TITAN_FLOW_STORE": f"sqlite:///{folder}/untouched.db"}
    return subprocess.Popen([sys.executable, "-c", CODE, "demo"], stderr=subprocess.PIPE, text=True, env=env)


def left(folder: Path) -> list[str]:
    """Command lines of processes that know of the folder."""
    lines = list[str]()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if str(folder) in line]


@pytest.mark.slow
def test_it_ends_armed_and_leaves_nothing(tmp_path: Path) -> None:
    process = demo(tmp_path)
    said = process.communicate(timeout=180)[1]
    assert process.returncode == 0, said
    assert "Armed: titan-sandbox is at its goal." in said
    assert "titan-flow sandbox up" in said
    before, _, after = said.partition(" ended: Ready → Recorded")
    first_screen = before.partition("Ready → Recorded")[0]
    assert "will restart brain, execution · keeps traefik" in first_screen
    assert "not known" not in first_screen.lower() and "unknown" not in first_screen, first_screen
    assert all(len(line) <= 80 for line in after.rpartition("removed.")[2].splitlines())
    assert left(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("when", ["is up", pytest.param("record began", marks=pytest.mark.soak), "up/1 starts"])
def test_ended_in_the_middle_it_leaves_nothing_either(tmp_path: Path, when: str) -> None:
    process = demo(tmp_path)
    assert process.stderr is not None
    for line in process.stderr:
        if when in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert left(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
