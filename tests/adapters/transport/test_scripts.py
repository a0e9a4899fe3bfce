"""Our scripts as scripts: checked by shellcheck, understood by every shell, harmless when they arrive cut off."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.guard import protocol
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.transport import read
from titan_flow.adapters.transport.shell import library

GUARD = ("transport/shell", "guard/folder", "guard/guard", "guard/mirror", "guard/jobs", "guard/fallback")
NAMES = (*GUARD, "transport/reading", "guard/runner", "guard/fallback_watch", "git/our_paths")
WHOLE = {
    "guard": library(*GUARD),
    "fallback": library(*GUARD, "guard/fallback_watch"),
    "runner": library("transport/shell", "guard/runner"),
    "reading": library("transport/shell", "transport/reading"),
    "our_paths": library("git/our_paths"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_shellcheck(name: str) -> None:
    shellcheck = str(Path(sys.executable).with_name("shellcheck"))
    done = subprocess.run([shellcheck, "-s", "sh", "-"], input=WHOLE[name], capture_output=True, text=True)
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_shell_parses_it(shell: tuple[str, ...], name: str) -> None:
    subprocess.run([*shell[:-1], "-n"], input=library(name), check=True, text=True)


@pytest.mark.slow
async def test_a_script_cut_off_anywhere_does_nothing(shell: tuple[str, ...], guard: Guard, tmp_path: Path) -> None:
    await guard.take("R", {}, takeover=False)
    job = Job((run("touch", "effect"),))
    text = protocol.script(
        "job",
        str(tmp_path),
        "N",
        "RUN=R KEY=k EPOCH=1 TOTAL=5 WAIT=5 LIMIT=100 DISARM=",
        protocol.sending(1, ["{}"], "N"),
        protocol.launching(job, str(tmp_path), "k", 5, "N"),
    )
    look = read.script([run("touch", "effect")], str(tmp_path), "N")
    for whole in (text, look):
        end = whole.rindex("}")
        for cut in (*range(0, end - 40, 501), *range(end - 40, end)):
            subprocess.run(shell, input=whole[:cut], text=True, capture_output=True)
            assert not (tmp_path / "effect").exists(), whole[:cut][-60:]
        subprocess.run(shell, input=whole, text=True, capture_output=True)
        (tmp_path / "effect").unlink()
