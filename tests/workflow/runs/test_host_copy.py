"""Another operator continues, rolls back or abandons what one laptop started. One sandbox, in order."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.laptops import Laptop, another, frozen, standing
from titan_flow.states.events import DriverTook
from titan_flow.workflow.journal.location import open_journal

pytestmark = pytest.mark.xdist_group("laptops")


@pytest.fixture(scope="module")
def olga(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    with standing(tmp_path_factory.mktemp("laptops")) as laptop:
        yield laptop


@pytest.fixture(scope="module")
def ben(olga: Laptop) -> Laptop:
    """Never ran it. He has the same spec by another name, and knows the directory by a link to it."""
    link = olga.directory.parent / "link"
    link.symlink_to(olga.directory / "opt")
    given = olga.directory.parent / "mine.yaml"
    text = olga.spec.read_text().replace(
        f'target: {{directory: "{olga.directory}/opt"}}', f'target: {{directory: "{link}"}}'
    )
    assert str(link) in text
    given.write_text(text)
    return another(olga, "second", given)


@pytest.mark.slow
def test_one_dies_and_another_operator_continues(olga: Laptop, ben: Laptop) -> None:
    before = olga.status()
    olga.killed("append step.intended up/1")
    left = olga.newest()

    # he sees it, the same as she does, and nothing of it is written on his machine
    theirs = ben.json("status", ben.path)
    ours = olga.json("status", olga.path)
    assert theirs["run"] == left.id and theirs["outcome"] == ours["outcome"] == "interrupted"
    assert set(theirs) == set(ours) and theirs["release"] == ours["release"]
    assert theirs["state"] == "Fetched", "the last that a job of hers told the host"
    assert ben.titan("status", ben.path) == 7
    assert [row["run"] for row in ben.json("history", ben.path)] == [left.id]
    assert ben.titan("show", left.id.lower(), ben.path) == 0 and "transition" not in ben.said.splitlines()[0]
    assert not Path(ben.store.removeprefix("sqlite:///")).exists()

    # it takes a word of his, and a mirror that can be trusted
    assert ben.titan("run", ben.path, "--yes") == 7 and f"unlock {ben.path} --run {left.id}" in ben.said
    assert ben.titan("resume", ben.path) == 3 and "--yes" in ben.said
    mirror = ben.mirror / f"{left.id}.jsonl"
    honest = mirror.read_text()
    mirror.write_text(honest.replace('"purpose":"deploy"', '"purpose":"rollback"'))
    assert ben.titan("resume", ben.path, "--yes") == 3 and "was changed" in ben.said
    mirror.write_text(honest)

    assert ben.titan("resume", ben.path, "--yes") == 0, ben.said
    assert all(ben.status()["armed"].values())
    assert ben.received("arm", since=before) == 1 and ben.received("disarm", since=before) == 1
    told = ben.newest()
    assert told.id == left.id
    assert [r.event.epoch for r in told.records if isinstance(r.event, DriverTook)] == [1, 2]


@pytest.mark.slow
def test_whoever_comes_back_learns_it_and_never_forks_the_chain(olga: Laptop, ben: Laptop) -> None:
    """Her journal ends in an intent that was never told to the host."""
    left = olga.newest()
    assert olga.titan("resume", left.id) == 5
    assert "continued by" in olga.said and "never received" in olga.said
    assert olga.json("status", olga.path)["outcome"] == "reached" and "journal's copy of run" in olga.said
    assert olga.run() == 0 and "nothing to do" in olga.said, "her journal's own copy does not stand in the way"
    assert olga.newest().records == left.records


@pytest.mark.slow
def test_one_that_is_merely_behind_takes_in_the_rest(olga: Laptop, ben: Laptop) -> None:
    """A third laptop imported a run once; it went on elsewhere, and ended."""
    third = another(olga, "third")
    journal = open_journal(third.store)
    host = (ben.mirror / f"{ben.newest().id}.jsonl").read_text().splitlines()
    journal.import_(host[:5])
    journal.close()
    assert third.titan("resume", third.path) == 0 and "there is nothing to resume" in third.said
    assert len(third.newest().records) == len(host)


@pytest.mark.slow
def test_a_frozen_driver_that_wakes_up_arms_nothing(olga: Laptop, ben: Laptop) -> None:
    """SIGSTOP between the intent to arm and its sending; taken over and rolled back by another operator; SIGCONT."""
    ran = ben.status()["commit"]
    olga.release("good")
    before = olga.status()
    process = olga.stopping("SIGSTOP", "append step.intended arm/6", "run", olga.path, "--yes")
    try:
        frozen(process)
        assert ben.titan("run", ben.path, "--yes") == 5, "another spec, another name of the directory: one lock"
        assert str(process.pid) in ben.said and f"titan-flow rollback {ben.path}" in ben.said
        assert ben.titan("rollback", ben.path) == 5 and "--yes" in ben.said
        assert ben.titan("rollback", ben.path, "--yes") == 0, ben.said
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 5 and "another driver has taken over" in said, said
    now = olga.status()
    assert olga.received("arm", since=before) == 0 and not any(now["armed"].values())
    assert now["commit"] == ran
    assert olga.json("status", olga.path)["outcome"] == "rolled_back"


@pytest.mark.slow
def test_force_unlock_abandons_a_run_by_its_id(olga: Laptop, ben: Laptop) -> None:
    commit = olga.release("good")
    olga.killed("append step.intended up/1")
    left = olga.newest().id
    assert ben.titan("unlock", ben.path, "--run", left[:3]) == 3 and left in ben.said, "the whole id"
    assert ben.titan("unlock", ben.path, "--run", left) == 0, ben.said
    assert ben.titan("unlock", ben.path, "--run", left) == 3 and "nothing to unlock" in ben.said
    at = olga.json("status", left)
    assert (at["run"], at["outcome"], at["interlock"]) == (left, "abandoned", "disarmed")
    assert olga.titan("status", left) == 7
    assert ben.run("--until", "Recorded") == 0 and ben.newest().run.started.params["commit"] == commit


@pytest.mark.slow
def test_a_run_that_never_had_the_environment_can_be_abandoned_too(olga: Laptop) -> None:
    """Killed between its first record and the lock: the host knows nothing of it, and it stands in nobody's way."""
    olga.release("good")
    olga.killed("append run.started")
    left = olga.newest().id
    assert olga.run() == 7 and f"--run {left}" in olga.said
    assert olga.titan("unlock", olga.path, "--run", left[:3], "--yes") == 3 and left in olga.said, "the whole id"
    assert olga.titan("unlock", olga.path, "--run", left, "--yes") == 0, olga.said
    assert olga.newest().run.outcome == "abandoned"
    assert olga.run("--until", "Recorded") == 0, olga.said
