"""`titan-flow resume`: what the tutorial types works on a slow machine too."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.workflow.rehearsal import TITAN, Rehearsal

pytestmark = [pytest.mark.daemon, pytest.mark.slow]
TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorial.md"
SLOW = f"""\
#!/bin/sh
sleep 4
exec {TITAN[0]} -c '{TITAN[2]}' "$@"
"""
"""a titan-flow that takes longer to start than anybody would wait"""


def test_the_kill_of_the_tutorial_meets_a_run_however_slow_the_machine(rehearsal: Rehearsal, tmp_path: Path) -> None:
    section = TUTORIAL.read_text().partition("## 4.")[2].partition("## 5.")[0]
    typed = section.split("```")[1].replace("/tmp/titan", str(rehearsal.directory))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "titan-flow").write_text(SLOW)
    (tmp_path / "bin" / "titan-flow").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "TITAN_FLOW_STORE": rehearsal.store}
    done = subprocess.run(["bash", "-c", typed], env=env, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Interrupted in " in done.stdout, done.stdout
    assert all(rehearsal.status()["armed"].values())
