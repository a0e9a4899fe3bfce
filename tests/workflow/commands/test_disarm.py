"""`disarm` and `arm`, against what can stand in their way. One sandbox, in order."""

from __future__ import annotations

import resource
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workflow.laptops import Laptop, another, frozen, standing
from tests.workflow.rehearsal import TITAN
from titan_flow.adapters.supervisor.remote_supervisor import connect
from titan_flow.workflow.sandbox.layout import standing as layout

pytestmark = pytest.mark.xdist_group("disarm")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    with standing(tmp_path_factory.mktemp("disarm")) as laptop:
        yield laptop


def supervisor(laptop: Laptop, method: str, *words: object) -> None:
    connect(str(layout(laptop.directory).socket))(method, *words)


def armed(laptop: Laptop) -> set[bool]:
    return set(laptop.status()["armed"].values())


def test_with_no_room_for_a_single_byte(laptop: Laptop) -> None:
    """As on a full disk: no file can grow, not even the journal's."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    assert armed(laptop) == {True}
    done = subprocess.run(
        [*TITAN, "disarm", laptop.path, "--reason", "drill", "--store", laptop.store],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=full,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout.startswith("disarmed: "), done.stderr
    assert "not recorded: " in done.stderr and armed(laptop) == {False}


def test_with_a_spec_that_proves_nothing(laptop: Laptop, tmp_path: Path) -> None:
    """Somebody's unfinished edit of the flow does not stand between a person and an emergency disarm."""
    before, broken = laptop.status(), tmp_path / "spec.yaml"
    text = Path(laptop.path).read_text()
    broken.write_text(text.replace("gate: true", "rest: true", 1))
    assert "gate: true" in text and laptop.titan("check", str(broken)) == 2, laptop.said
    assert laptop.titan("disarm", str(broken), "--reason", "drill") == 0, laptop.said
    assert laptop.received("disarm", since=before) == 1


def test_arm_verifies_then_arms_then_watches(laptop: Laptop) -> None:
    before = laptop.status()
    assert laptop.titan("arm", laptop.path, "--reason", "after the drill") == 0, laptop.said
    assert armed(laptop) == {True} and laptop.received("arm", since=before) == 1
    run = laptop.newest().run
    assert (run.started.purpose, run.state, run.watched) == ("arm", "Armed", True)
    assert run.started.params["reason"] == "after the drill"


def test_arm_is_refused_on_red_and_sends_nothing(laptop: Laptop) -> None:
    assert laptop.titan("disarm", laptop.path, "--reason", "drill") == 0, laptop.said
    before = laptop.status()
    supervisor(laptop, "stopProcess", "traefik")
    try:
        assert laptop.titan("arm", laptop.path, "--reason", "drill") == 3, laptop.said
    finally:
        supervisor(laptop, "startProcess", "traefik")
    assert "traefik" in laptop.said and armed(laptop) == {False}
    assert laptop.status()["received"] == before["received"]


OUTPUTS = {
    "closed": ">&-",
    "all closed": "<&- >&- 2>&-",
    "full": ">/dev/full",
    "both full": ">/dev/full 2>&1",
    "read by nobody": "| true",
}


@pytest.mark.parametrize("output", OUTPUTS)
def test_with_an_output_that_takes_nothing(laptop: Laptop, output: str) -> None:
    """And with bytes on the command line that are not UTF-8."""
    before = laptop.status()
    words = shlex.join([*TITAN, "--store", laptop.store, "disarm", laptop.path, "--reason"])
    script = f"set -o pipefail; {words} $'odd \\xff fills' {OUTPUTS[output]}"
    done = subprocess.run(["bash", "-c", script], timeout=120, check=False)
    assert done.returncode == 0 and laptop.received("disarm", since=before) >= 1
    assert laptop.status()["received"][-1]["reason"] == "odd \ufffd fills"


@pytest.mark.slow
def test_disarmed_deliberately_elsewhere_stays_disarmed(laptop: Laptop) -> None:
    """By a laptop whose journal is corrupt: the host knows of it."""
    other = another(laptop, "corrupt")
    Path(other.store.removeprefix("sqlite:///")).write_text("this is no journal")
    assert other.titan("disarm", other.path, "--reason", "odd fills") == 0, other.said
    assert "not recorded: " in other.said and "not a journal" in other.said
    assert laptop.run() == 0, laptop.said
    run = laptop.newest().run
    assert (run.outcome, run.state) == ("stopped", "Verified") and armed(laptop) == {False}
    assert run.ended is not None and "--arm" in run.ended.says


@pytest.mark.soak
def test_killed_in_the_watch_it_ends_as_if_it_had_not_been(laptop: Laptop) -> None:
    before = laptop.status()
    laptop.killed("append watch.looked", "run", laptop.path, "--yes", "--arm")
    assert armed(laptop) == {True}
    assert laptop.titan("resume", laptop.path) == 0, laptop.said
    run = laptop.newest().run
    assert run.outcome == "reached" and run.samples == run.needed and armed(laptop) == {True}
    assert laptop.received("arm", since=before) == 1


@pytest.mark.slow
def test_a_failure_between_observations_disarms_and_rolls_back(laptop: Laptop) -> None:
    """Killed in the watch; meanwhile a service is restarted in place, and is well again."""
    ran, commit = laptop.status()["commit"], laptop.release("good")
    laptop.killed("append watch.looked", "run", laptop.path, "--yes", "--arm")
    supervisor(laptop, "stopProcess", "execution")
    supervisor(laptop, "startProcess", "execution")
    before = laptop.status()
    assert laptop.titan("resume", laptop.path) == 4, laptop.said
    assert "execution was replaced" in laptop.said and commit not in laptop.status()["commit"]
    assert laptop.status()["received"][len(before["received"])]["command"] == "disarm", "first of all"
    assert armed(laptop) == {False} and laptop.status()["commit"] == ran


@pytest.mark.slow
def test_pulled_beside_a_living_run_it_keeps_that_run_from_arming(laptop: Laptop) -> None:
    laptop.release("good")
    before = laptop.status()
    process = laptop.stopping("SIGSTOP", "append transition.ended", "run", laptop.path, "--yes", "--arm")
    try:
        frozen(process)
        other = another(laptop, "other")
        assert other.titan("disarm", other.path, "--reason", "odd fills") == 0, other.said
        process.send_signal(signal.SIGCONT)
        said, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0 and "disarmed by" in said, said
    assert laptop.received("arm", since=before) == 0 and armed(laptop) == {False}
    assert (laptop.newest().run.outcome, laptop.newest().run.state) == ("stopped", "Verified")


def test_where_only_nats_is_reachable_it_is_sent_and_not_called_confirmed(laptop: Laptop) -> None:
    supervisor(laptop, "getState")
    assert laptop.titan("arm", laptop.path, "--reason", "drill") == 0, laptop.said
    given = laptop.directory.parent / "unreachable.yaml"
    closed = f'target: {{ssh: nobody@127.0.0.1, ssh_config: /dev/null, directory: "{laptop.directory}/opt"}}'
    given.write_text(laptop.spec.read_text().replace(f'target: {{directory: "{laptop.directory}/opt"}}', closed))
    far = another(laptop, "far", given)
    assert far.titan("disarm", far.path, "--reason", "drill") == 1
    assert "disarm was sent, not confirmed" in far.said and "127.0.0.1" in far.said
    assert armed(laptop) == {False}


def test_where_nats_is_down_it_says_that_it_is_not_disarmed_and_what_is_seen(laptop: Laptop) -> None:
    assert laptop.titan("arm", laptop.path, "--reason", "drill") == 0, laptop.said
    supervisor(laptop, "stopProcess", "nats")
    try:
        assert laptop.titan("disarm", laptop.path, "--reason", "drill") == 1
    finally:
        supervisor(laptop, "startProcess", "nats")
    assert "NOT disarmed" in laptop.said and "the logs say that the system is armed" in laptop.said


@pytest.mark.soak
def test_a_rollback_after_an_emergency_disarm_does_not_allow_arming(laptop: Laptop) -> None:
    """An emergency disarm, then back to the release before; and the next one is deployed, and stays disarmed."""
    laptop.release("good")
    assert laptop.run("--arm") == 0 and armed(laptop) == {True}, laptop.said
    assert laptop.titan("disarm", laptop.path, "--reason", "odd fills") == 0, laptop.said
    assert laptop.titan("rollback", laptop.path, "--yes") == 0, laptop.said
    before, _ = laptop.status(), laptop.release("good")
    assert laptop.run() == 0, laptop.said
    run = laptop.newest().run
    assert (run.outcome, run.state) == ("stopped", "Verified") and armed(laptop) == {False}
    assert laptop.received("arm", since=before) == 0
