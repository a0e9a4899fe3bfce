"""What `plan` names is exactly what `run` then does; `plan` changes nothing; what moved is named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.workflow.plan.comparing import same
from tests.workflow.rehearsal import Rehearsal
from titan_flow.states import events as e


def plan(rehearsal: Rehearsal, *argv: str) -> dict[str, Any]:
    done = rehearsal.typed("plan", str(rehearsal.spec), "--json", *argv)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def everything(rehearsal: Rehearsal) -> dict[str, object]:
    """The host as it is: processes, messages, checkout, index, branches, and every file of the flow's directory."""
    at = rehearsal.directory / "opt"

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", at, *words], check=True, capture_output=True, text=True).stdout

    files = {str(path.relative_to(at)): path.read_bytes() for path in at.rglob("*") if path.is_file()}
    kept = {
        name: content
        for name, content in files.items()
        if not name.startswith((".git/objects/", ".git/refs/titan-flow/"))
    }
    return {
        "status": rehearsal.status(),
        "files": kept,
        "head": git("rev-parse", "HEAD"),
        "refs": git("branch", "-a", "-v"),
    }


@pytest.mark.slow
def test_what_plan_names_is_what_run_does(rehearsal: Rehearsal) -> None:
    before = everything(rehearsal)
    told = plan(rehearsal)
    assert everything(rehearsal) == before
    assert [one["author"] for one in told["commits"]] == ["Jun Tanaka"]
    assert told["from"]["subject"] == "Tighten risk limits" and told["to"]["subject"] == "Add sentinel drawdown guard"
    assert told["unknown"] == told["failing"] == told["drift"] == []

    with rehearsal.spec.open("a") as file:
        file.write("# a comment\n")
    assert rehearsal.run("--plan", told["plan"]) == 3
    assert "changed since that plan: the spec, its parameters" in rehearsal.said and "titan-flow plan" in rehearsal.said
    rehearsal.spec.write_text(rehearsal.spec.read_text().removesuffix("# a comment\n"))

    rehearsal.release("policy-change")
    assert rehearsal.run("--plan", told["plan"]) == 3
    assert "changed since that plan: the commit, or the images" in rehearsal.said
    assert rehearsal.status()["received"] == before["status"]["received"]  # type: ignore[index]

    told = plan(rehearsal)
    assert told["files"]["policies"] == ["risk_policy.json"] and len(told["commits"]) == 2
    was = rehearsal.status()["services"]
    assert rehearsal.run("--plan", told["plan"]) == 0, rehearsal.said
    assert "will restart brain, execution · keeps traefik" in rehearsal.said
    assert "policy changes: risk_policy.json" in rehearsal.said
    records, now = rehearsal.newest().records, rehearsal.status()["services"]
    same(told, records)
    started = records[0].event
    assert isinstance(started, e.RunStarted) and started.plan == told["plan"]
    renewed = {name for name in now if now[name]["started"] != was[name]["started"]}
    assert renewed == {name for name, one in told["services"].items() if one["fate"] == "recreated"}
    assert rehearsal.run("--plan", "12") == 2 or "nothing to do" in rehearsal.said

    # The host moves: something was done to it since.
    told = plan(rehearsal)
    assert rehearsal.titan("disarm", str(rehearsal.spec), "--reason", "drill") == 0
    rehearsal.release("good")
    assert rehearsal.run("--plan", told["plan"]) == 3
    assert "the host (HEAD" in rehearsal.said and "the commit" in rehearsal.said


def test_a_check_that_fails_already_is_named_and_exits_3(rehearsal: Rehearsal) -> None:
    (rehearsal.directory / "opt" / "risk_policy.json").write_text("{}\n")
    done = rehearsal.typed("plan", str(rehearsal.spec))
    assert done.returncode == 3
    assert "record/3 git.clean: no: risk_policy.json differs from HEAD" in done.stdout
    by_hand = rehearsal.typed("plan", str(rehearsal.spec), "--format", "markdown").stdout
    assert f"cd {rehearsal.directory}/opt" in by_hand and "## fetch: Disarmed → Fetched" in by_hand
    commands = [line for line in by_hand.splitlines() if line.startswith("git fetch")]
    subprocess.run(["sh", "-c", commands[0]], cwd=rehearsal.directory / "opt", check=True)


def test_migrations_are_asked_about(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """A bad release that brought migrations is not taken back by itself; `--yes` does not answer that question."""
    with rehearsal.spec.open("a") as file:
        file.write("migrations: release.json\n")
    rehearsal.release("log-error")
    assert rehearsal.run() == 7, rehearsal.said
    assert "migrations: release.json" in rehearsal.said and "--migrations" in rehearsal.said
    assert not any(rehearsal.status()["armed"].values())
    run = rehearsal.newest().id
    assert rehearsal.titan("rollback", run, "--yes") == 3 and "add --migrations" in rehearsal.said
    assert rehearsal.titan("rollback", run, "--yes", "--migrations") == 0, rehearsal.said
