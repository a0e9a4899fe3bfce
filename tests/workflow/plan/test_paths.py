"""Which files matter."""

from __future__ import annotations

from titan_flow.workflow.plan.paths import under


def test_files_under_paths() -> None:
    files = ("db/migrations/1.sql", "db/migrations2/x", "risk_policy.json", "x/risk_policy.json")
    assert under(files, ["db/migrations/", "./risk_policy.json"]) == ("db/migrations/1.sql", "risk_policy.json")
