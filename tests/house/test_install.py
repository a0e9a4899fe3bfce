"""The command that README gives to install titan-flow from a clone works in an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_pipx_installs_it_from_a_clone(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text()
    assert "pipx install '.[sandbox]'" in readme
    clone = tmp_path / "clone"
    subprocess.run(["git", "checkout-index", "-a", "-f", f"--prefix={clone}/"], cwd=ROOT, check=True)
    homes = {"PIPX_HOME": str(tmp_path / "home"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | homes
    argv = [sys.executable, "-m", "pipx", "install", "--python", sys.executable, ".[sandbox]"]
    done = subprocess.run(argv, cwd=clone, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    program = str(tmp_path / "bin" / "titan-flow")
    said = subprocess.run([program, "version"], env=env, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("titan-flow ")
    checked = subprocess.run(
        [program, "check", str(ROOT / "specs" / "compose.yaml")], env=env, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
