"""`titan-flow doctor` against a sandbox: nothing found where all is well; then git is locked and NATS turns us away."""

from __future__ import annotations

import json

from tests.workflow.rehearsal import Rehearsal
from titan_flow.workflow.sandbox.layout import standing


def test_what_is_wrong_is_found_and_nothing_is_touched(rehearsal: Rehearsal) -> None:
    assert rehearsal.titan("doctor", str(rehearsal.spec)) == 0, rehearsal.said
    assert "no problem found: 3 services run" in rehearsal.said

    layout = standing(rehearsal.directory)
    lock = layout.checkout / ".git" / "index.lock"
    lock.write_text("")
    right = layout.password.read_text()
    layout.password.write_text("another one")
    before = {path: path.stat().st_mtime_ns for path in layout.checkout.rglob("*")}
    done = rehearsal.typed("doctor", str(rehearsal.spec), "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    found = {one["symptom"]: one for one in told["findings"]}
    assert not told["ok"] and {*found} == {"git", "nats"} and told["unknown"] == []
    assert found["git"]["next"] == f"rm {lock}"
    assert "titan-flow cannot connect to NATS" in found["nats"]["what"] and found["nats"]["evidence"]
    assert "another one" not in done.stdout and right.strip() not in done.stdout
    assert {path: path.stat().st_mtime_ns for path in layout.checkout.rglob("*")} == before
    assert not rehearsal.typed("history", "--json").stdout.strip().strip("[]")
