"""What happens to a deployment, told from outside: exit codes, and what really runs."""

from __future__ import annotations

import pytest

from tests.workflow.rehearsal import Rehearsal


@pytest.mark.parametrize("kind", ["good", pytest.param("policy-change", marks=pytest.mark.soak)])
def test_a_good_release_ends_armed(kind: str, rehearsal: Rehearsal) -> None:
    before, commit = rehearsal.status(), rehearsal.release(kind)
    assert rehearsal.run() == 0, rehearsal.said
    now = rehearsal.status()
    assert now["commit"] == commit and all(now["armed"].values())
    sent = now["received"][len(before["received"]) :]
    assert [one["command"] for one in sent] == ["disarm", "arm"]
    changed = [name for name, one in now["services"].items() if one["release"] != before["services"][name]["release"]]
    assert "brain" in changed
    # seconds, as supervisord stamps them: nothing was started before the disarm had been heard
    assert all(sent[0]["at"][:19] <= now["services"][name]["started"][:19] for name in changed)

    ended = rehearsal.newest().id
    assert rehearsal.run() == 0, "the same release again"
    assert "nothing to do" in rehearsal.said and rehearsal.newest().id == ended


@pytest.mark.soak
def test_a_slow_release_is_waited_for(rehearsal: Rehearsal) -> None:
    commit = rehearsal.release("slow")
    assert rehearsal.run() == 0, rehearsal.said
    assert rehearsal.status()["commit"] == commit


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("unhealthy", "503"),
        ("crashloop", "brain"),
        pytest.param("log-error", "Panic", marks=pytest.mark.soak),
        pytest.param("policy-mismatch", "policy", marks=pytest.mark.soak),
    ],
)
def test_a_bad_release_is_rolled_back_verified_and_disarmed(kind: str, says: str, rehearsal: Rehearsal) -> None:
    before = rehearsal.status()
    rehearsal.release(kind)
    assert rehearsal.run() == 4, rehearsal.said
    assert says in rehearsal.said
    now = rehearsal.status()
    assert now["commit"] == before["commit"] and not any(now["armed"].values())
    assert {name: s["release"] for name, s in now["services"].items()} == {
        name: s["release"] for name, s in before["services"].items()
    }


@pytest.mark.slow
def test_what_fails_later_inside_the_verification_is_never_armed(rehearsal: Rehearsal) -> None:
    before = rehearsal.status()
    rehearsal.release("late-failure", after=0.3)
    assert rehearsal.run() == 4, rehearsal.said
    assert rehearsal.received("arm", since=before) == 0
    assert rehearsal.status()["commit"] == before["commit"]


def test_a_commit_that_is_not_on_main_is_refused(rehearsal: Rehearsal) -> None:
    before = rehearsal.status()
    assert rehearsal.run("--set", f"commit={'0' * 40}") == 3, rehearsal.said
    assert rehearsal.status()["received"] == before["received"]


def test_without_nats_nothing_is_begun(rehearsal: Rehearsal) -> None:
    before = rehearsal.status()
    rehearsal.stop("nats")
    assert rehearsal.run() == 3, rehearsal.said
    assert "NATS" in rehearsal.said or "nats" in rehearsal.said
    now = rehearsal.status()
    assert (now["commit"], now["services"]) == (before["commit"], before["services"])


def test_without_nats_a_run_that_has_begun_halts_and_names_the_interlock(rehearsal: Rehearsal) -> None:
    before = rehearsal.status()
    assert rehearsal.run_dying("after-outcome", "record/5") == -9
    rehearsal.stop("nats")
    assert rehearsal.titan("resume", str(rehearsal.spec)) == 1, rehearsal.said
    assert "disarm/1" in rehearsal.said and "armed" in rehearsal.said
    assert rehearsal.status_json()["interlock"] == "armed"
    now = rehearsal.status()
    assert (now["commit"], now["services"]) == (before["commit"], before["services"])


def test_a_second_run_names_the_active_one_and_what_to_type(rehearsal: Rehearsal) -> None:
    rehearsal.release("slow")
    first = rehearsal.start("run", str(rehearsal.spec), "--yes", "--json")
    assert first.stdout is not None and first.stdout.readline()
    for line in first.stdout:
        if '"driver.took"' in line:
            break
    assert rehearsal.run() == 5
    assert "titan-flow status" in rehearsal.said and str(first.pid) in rehearsal.said
    first.terminate()
    assert first.wait(20) == 143
    first.stdout.close()


@pytest.mark.soak
def test_an_unfinished_run_is_named_and_resumed(rehearsal: Rehearsal) -> None:
    assert rehearsal.run_dying("after-intent", "up/1") == -9
    left = rehearsal.newest()
    assert rehearsal.run() == 7 and left.id in rehearsal.said
    assert rehearsal.titan("resume", left.id) == 0, rehearsal.said
