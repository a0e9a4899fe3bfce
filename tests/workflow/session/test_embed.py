"""The example of docs/howto/embed.md runs as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_the_documented_example_runs_a_flow_and_prints_its_events(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs/howto/embed.md").read_text(), re.DOTALL)
    assert code is not None
    (tmp_path / "deploy.py").write_text(code[1])
    (tmp_path / "target").mkdir()
    flow = (ROOT / "tests/workflow/commands/tiny.yaml").read_text()
    (tmp_path / "flow.yaml").write_text(flow.replace("/srv/tiny", str(tmp_path / "target")))
    command = [sys.executable, "deploy.py", "flow.yaml", f"sqlite:///{tmp_path}/journal.db"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "1 run.started" and lines[-1] == "reached"
    assert any(line.endswith("step.intended") for line in lines)
    assert (tmp_path / "target" / "made").is_file()
