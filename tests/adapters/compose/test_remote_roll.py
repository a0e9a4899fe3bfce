"""The script that replaces a service, against a docker that says what a file says and writes down what it was told."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from titan_flow.adapters.compose import rolling
from titan_flow.adapters.compose.rolling import FINAL
from titan_flow.adapters.services.health import LOOP

SCRIPT = Path(rolling.__file__).with_name("remote_roll.sh")
DOCKER = """#!/bin/sh
case "$1 $*" in
'ps ps -q '*) [ -e up ] && cat up ;;
'ps ps -aq '*) cat ids ;;
'inspect '*Running*Name*) cat running ;;
'inspect '*Running*) cut -d ' ' -f 1 running ;;
'inspect '*) cat state ;;
'wait '*) cat codes ;;
'exec '*) echo "$*" >>told; exit "$(cat status)" ;;
*) echo "$*" >>told ;;
esac
"""


class Host:
    def __init__(self, at: Path) -> None:
        self.at = at
        self.write("docker", DOCKER)
        (at / "docker").chmod(0o755)
        self.write("ids", "old\nnew\n")
        self.write("up", "old\nother\n")
        self.write("running", "true /app-web-1\n")
        self.write("status", "0")
        self.write("told", "")

    def write(self, name: str, text: str) -> None:
        (self.at / name).write_text(text)

    def run(self, *words: str) -> tuple[int, str]:
        """Its status, and its last words."""
        env = {**os.environ, "PATH": f"{self.at}:{os.environ['PATH']}"}
        argv = ["sh", "-c", SCRIPT.read_text(), "sh", *words]
        done = subprocess.run(argv, cwd=self.at, env=env, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stderr.strip().rpartition("\n")[2]

    @property
    def told(self) -> list[str]:
        return (self.at / "told").read_text().splitlines()


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_healthy_containers_are_all_that_is_waited_for(host: Host) -> None:
    host.write("state", "running healthy 0 0 false new /app-web-2 always\n")
    assert host.run("healthy", "app", "web", "old") == (0, "")
    assert host.told == []


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("running unhealthy 0 0 false new /app-web-2 always", "app-web-2 is unhealthy"),
        ("running none 0 0 false new /app-web-2 always", "app-web-2 has no health check"),
        ("exited none 0 1 false new /app-web-2 no", "app-web-2 ended (exit 1)"),
        ("exited none 0 0 false new /app-web-2 ", "app-web-2 ended (exit 0)"),
        ("exited none 0 0 false new /app-web-2 on-failure", "app-web-2 ended (exit 0)"),
        ("exited starting 0 137 true new /app-web-2 always", "app-web-2 was killed because memory ran out"),
        (f"restarting starting {LOOP} 1 false new /app-web-2 always", "app-web-2 ended (exit 1)"),
    ],
)
def test_a_verdict_is_final_and_takes_the_new_ones_away(host: Host, state: str, why: str) -> None:
    host.write("state", f"running healthy 0 0 false other /app-web-3 always\n{state}\n")
    host.write("ids", "old\nother\nnew\n")
    status, said = host.run("healthy", "app", "web", "old")
    assert (status, said) == (FINAL, f"web: {why}; what was new of it is removed, the old one still runs")
    assert host.told == ["logs --tail 20 new", "stop other new", "rm other new"]


@pytest.mark.parametrize(
    ("up", "old", "says"),
    [
        ("x\n", ["old"], "the old one does not run either"),
        ("older\n", ["old", "older"], "1 of the 2 old ones still run"),
        ("old\nolder\n", ["old", "older"], "2 of the 2 old ones still run"),
        (None, ["old"], "whether the old one runs is unknown"),
    ],
)
def test_of_the_old_ones_it_says_what_it_sees(host: Host, up: str | None, old: list[str], says: str) -> None:
    (host.at / "up").unlink() if up is None else host.write("up", up)
    host.write("state", "running unhealthy 0 0 false new /app-web-2 always\n")
    status, said = host.run("healthy", "app", "web", *old)
    assert (status, said.rpartition(", ")[2]) == (FINAL, says)


@pytest.mark.parametrize("state", [f"restarting starting {LOOP - 1} 1 false", "running starting 0 0 false"])
def test_what_may_become_healthy_is_waited_for(host: Host, state: str) -> None:
    """The second answer is that it is."""
    host.write("state", f"{state} new /app-web-2 always\n")
    host.write(
        "docker", DOCKER.replace("cat state ;;", "cat state; echo 'running healthy 0 0 false n /n no' >state ;;")
    )
    assert host.run("healthy", "app", "web", "old") == (0, "")


def test_without_a_new_container_there_is_nothing_to_wait_for(host: Host) -> None:
    host.write("ids", "old\n")
    assert host.run("healthy", "app", "web", "old") == (1, "web has no new container")


def test_told_to_drain_it_has_another_name_first(host: Host) -> None:
    assert host.run("drain", "0", "", "strict", "1", "old", "rm", "-f", "/www/health") == (0, "")
    assert host.told == ["rename old app-web-1-draining", "exec old rm -f /www/health"]


def test_told_again_it_keeps_that_name(host: Host) -> None:
    host.write("running", "true /app-web-1-draining\n")
    assert host.run("drain", "0", "USR1", "strict", "1", "old") == (0, "")
    assert host.told == ["kill --signal USR1 old"]


@pytest.mark.parametrize(("strict", "status"), [("strict", FINAL), ("", 0)])
def test_a_drain_that_fails_stops_the_deployment_and_not_the_way_back(host: Host, strict: str, status: int) -> None:
    host.write("status", "126")
    found, said = host.run("drain", "0", "", strict, "1", "old", "no-such")
    assert found == status and "no-such" in said and "ended with status 126" in said


def test_without_words_and_without_a_signal_it_only_waits(host: Host) -> None:
    assert host.run("drain", "0", "", "strict", "1", "old") == (0, "")
    assert host.told == []


def test_what_has_stopped_is_told_nothing(host: Host) -> None:
    host.write("running", "false /app-web-1\n")
    assert host.run("drain", "0", "", "strict", "1", "old", "x") == (0, "")
    assert host.told == []


@pytest.mark.parametrize(("codes", "status", "said"), [("0\n", 0, ""), ("0\n3\n", 1, "migrate failed (exit 3)")])
def test_a_one_off_that_it_needs(host: Host, codes: str, status: int, said: str) -> None:
    host.write("codes", codes)
    assert host.run("needs", "app", "migrate", "service_completed_successfully") == (status, said)


def test_a_service_that_it_needs_and_that_is_not_well(host: Host) -> None:
    host.write("state", "running unhealthy 0 0 false db /app-db-1 always\n")
    assert host.run("needs", "app", "db", "service_healthy") == (1, "db: app-db-1 is unhealthy")
    assert host.told == []
