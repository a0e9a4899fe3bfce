"""A host fixed by hand becomes the release; and the first deployment of a host on which nothing runs."""

from __future__ import annotations

import subprocess

import pytest

from tests.workflow.rehearsal import Rehearsal
from titan_flow.states import events as e
from titan_flow.workflow.sandbox.repository import git


def supervisorctl(rehearsal: Rehearsal, *words: str) -> None:
    import sys

    config = rehearsal.directory / "run" / "supervisord.conf"
    argv = [sys.executable, "-W", "ignore", "-m", "supervisor.supervisorctl", "-c", str(config), *words]
    subprocess.run(argv, check=False, capture_output=True, timeout=60)


def by_hand(rehearsal: Rehearsal, commit: str) -> None:
    """What an operator types in the night."""
    at = rehearsal.directory / "opt"
    git(at, "fetch", "-q", "origin")
    git(at, "reset", "-q", "--hard", commit)
    subprocess.run([at / "bin" / "pull"], check=True, capture_output=True)
    supervisorctl(rehearsal, "update")


@pytest.mark.slow
def test_adopt_verifies_a_fix_by_hand_and_records_it_as_the_release(rehearsal: Rehearsal) -> None:
    assert rehearsal.run() == 0, rehearsal.said
    bad = rehearsal.release("log-error")
    by_hand(rehearsal, bad)
    before = rehearsal.status()
    assert rehearsal.titan("adopt", str(rehearsal.spec), "--reason", "hot-fix") == 3, rehearsal.said
    assert "Refused: verify failed" in rehearsal.said and "Panic" in rehearsal.said

    fixed = rehearsal.release("good")
    by_hand(rehearsal, fixed)
    assert rehearsal.titan("adopt", str(rehearsal.spec), "--reason", "hot-fix") == 0, rehearsal.said
    assert "Adopted" in rehearsal.said
    told = rehearsal.newest()
    assert told.run.started.purpose == "adopt" and told.run.started.reason == "hot-fix"
    marks = [r.event for r in told.records if isinstance(r.event, e.ReleaseMarked)]
    assert all(mark.standing == "verified" and mark.release.commit == fixed for mark in marks) and marks
    assert "hot-fix" in marks[-1].why
    assert rehearsal.titan("status", told.id) == 0 and "Adopted" in rehearsal.said
    after = rehearsal.status()
    assert after["received"] == before["received"]  # nothing was sent, armed or disarmed

    # It is what a rollback of the next release goes back to.
    rehearsal.release("log-error")
    assert rehearsal.run() == 4, rehearsal.said
    assert rehearsal.status()["commit"] == fixed


def test_a_dirty_checkout_is_not_adopted(rehearsal: Rehearsal) -> None:
    (rehearsal.directory / "opt" / "risk_policy.json").write_text("{}\n")
    assert rehearsal.titan("adopt", str(rehearsal.spec), "--reason", "hot-fix") == 3
    assert "risk_policy.json" in rehearsal.said and "commit it" in rehearsal.said


@pytest.mark.slow
def test_the_first_deployment_goes_on_where_nothing_runs_and_halts_where_it_fails(rehearsal: Rehearsal) -> None:
    supervisorctl(rehearsal, "stop", "traefik", "brain", "execution")
    bad = rehearsal.release("log-error")
    assert (rehearsal.run() == 3 and "--initial" in rehearsal.said) or "nothing runs" in rehearsal.said
    assert rehearsal.run("--first") == 1, rehearsal.said
    assert "Halted" in rehearsal.said and "no release to roll back to" in rehearsal.said
    assert rehearsal.status()["commit"] == bad and not any(rehearsal.status()["armed"].values())

    supervisorctl(rehearsal, "stop", "traefik", "brain", "execution")
    good = rehearsal.release("good")
    assert rehearsal.run("--first", "--arm") == 0, rehearsal.said
    now = rehearsal.status()
    assert now["commit"] == good and all(now["armed"].values())
