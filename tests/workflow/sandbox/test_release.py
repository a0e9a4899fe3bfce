"""Releases: committed, pulled by content, and each kind as it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.workflow.sandbox.hands import ARM, DISARM, command, deploy, hashes, health, received, said, send, until
from titan_flow.adapters.supervisor import remote_supervisor
from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.sandbox.layout import standing
from titan_flow.workflow.sandbox.repository import git


def test_a_release_is_not_deployed_by_itself(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path))  # as a hook has it: no commit may go there
    before = sandbox.status(directory)
    commit = sandbox.release(directory, "unhealthy")
    assert sandbox.status(directory) == before
    origin = standing(directory).origin
    assert git(origin, "rev-parse", "main") == commit
    assert re.fullmatch(r"Release r\d+: unhealthy", git(origin, "log", "-1", "--format=%s", "main"))


def test_images_are_pulled_by_content(directory: Path) -> None:
    layout = standing(directory)
    sandbox.release(directory, "good")
    git(layout.checkout, "fetch", "-q", "origin")
    git(layout.checkout, "reset", "-q", "--hard", "origin/main")

    def pull(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([layout.checkout / "bin" / "pull", *argv], capture_output=True, text=True)

    wanted = json.loads((layout.checkout / "release.json").read_text())["images"]
    held = layout.registry / f"{wanted['brain']}.json"
    whole = held.read_text()
    held.write_text(whole + " ")
    assert pull("--check").returncode == 1
    spoilt = pull()
    assert spoilt.returncode == 1 and "brain: the registry does not hold" in spoilt.stderr
    held.write_text(whole)
    assert pull().returncode == 0 and pull("--check").returncode == 0
    (layout.images / held.name).write_text("spoilt")
    assert pull("--check").returncode == 1 and pull().stdout.startswith("pulled brain")


def test_a_good_one_restarts_what_changed_and_starts_disarmed(directory: Path) -> None:
    before = sandbox.status(directory)
    sandbox.release(directory, "good")
    layout = deploy(directory)
    until(lambda: health(layout) == 200 == health(layout, "execution"))
    now = sandbox.status(directory)
    assert now["armed"] == {"brain": False, "execution": False}
    assert now["services"]["traefik"] == before["services"]["traefik"], "the front door stays open"
    assert now["services"]["brain"]["release"] != before["services"]["brain"]["release"]
    assert "initialized DISARMED" in said(layout, "execution")[1] and "DISARMED" not in str(said(layout, "brain"))


def test_commands_are_obeyed_logged_on_changes_and_written_down(directory: Path) -> None:
    sandbox.release(directory, "good")
    layout = deploy(directory)
    until(lambda: health(layout) == 200 == health(layout, "execution"))
    before = received(directory)
    for payload in (b"ARM_SYSTEM", b"[]", b'{"type": "DANCE"}', command("DISARM_SYSTEM")):
        send(layout, ARM, payload)  # a bare string, as the runbook had it: dropped without a word
    for subject, kind in (
        (ARM, "ARM_SYSTEM"),
        (ARM, "ARM_SYSTEM"),
        (DISARM, "DISARM_SYSTEM"),
        (DISARM, "DISARM_SYSTEM"),
    ):
        send(layout, subject, command(kind))
    until(lambda: received(directory)[len(before) :] == [("arm", "drill")] * 2 + [("disarm", "drill")] * 2)
    until(lambda: "EXECUTION DISARMED: drill" in said(layout, "execution"))
    assert [line for line in said(layout, "execution") if line.startswith("EXECUTION")] == [
        "EXECUTION ARMED: drill",
        "EXECUTION DISARMED: drill",
    ]
    until(lambda: len([line for line in said(layout, "brain") if "BY OPERATOR" in line]) == 2)


async def test_execution_tells_its_policy(directory: Path) -> None:
    import nats

    layout = standing(directory)
    password = layout.password.read_text().strip()
    client = await nats.connect(  # pyright: ignore[reportUnknownMemberType]
        f"nats://127.0.0.1:{layout.ports['nats']}", user="titan", password=password
    )
    reply = await client.request("titan.req.exec.policy_hash.v1", b"", timeout=5)
    await client.close()
    assert f"Risk Policy Loaded. Hash: {json.loads(reply.data)['policy_hash']}" in said(layout, "execution")


def test_each_kind_does_what_it_says(directory: Path) -> None:
    """One after the other in one sandbox, deployed by hand."""
    layout = standing(directory)

    def runs(kind: str, after: float | None = None) -> None:
        number = sandbox.release(directory, kind, after) and git(layout.work, "rev-list", "--count", "HEAD")
        deploy(directory)
        until(lambda: all(f"r{number} starts" in str(said(layout, name)[:1]) for name in ("brain", "execution")))

    runs("policy-mismatch")
    until(lambda: health(layout) == 200 and len(hashes(layout)) == 2)
    assert len(set(hashes(layout))) == 2
    runs("good")
    until(lambda: health(layout) == 200 and len(hashes(layout)) == 2)
    ordinary = set(hashes(layout))
    runs("policy-change")
    until(lambda: health(layout) == 200 and len(hashes(layout)) == 2)
    assert len(ordinary) == len(set(hashes(layout))) == 1 and ordinary != set(hashes(layout))
    runs("log-error")
    until(lambda: "Panic" in str(said(layout, "execution")) and health(layout) == 200)
    runs("late-failure", after=2.0)
    until(lambda: health(layout) == 200)
    until(lambda: health(layout) == 503)
    for kind in ("unhealthy", "slow"):
        runs(kind)
        until(lambda: health(layout, "execution") != 0 and health(layout, "brain") == 503)
        assert health(layout) == 503 and sandbox.status(directory)["services"]["brain"]["health"] == "unhealthy"
    runs("crashloop")
    call = remote_supervisor.connect(str(layout.socket))
    until(lambda: call("getProcessInfo", "brain")["statename"] == "FATAL")
    assert sandbox.status(directory)["services"]["brain"]["running"] is False and health(layout) == 503
    runs("good")
    until(lambda: health(layout) == 200)


def test_services_reconnect_to_nats(directory: Path) -> None:
    layout = standing(directory)
    call = remote_supervisor.connect(str(layout.socket))
    os.kill(call("getProcessInfo", "nats")["pid"], 9)

    def heard() -> bool:
        before = len(received(directory))
        try:
            send(layout, DISARM, command("DISARM_SYSTEM"))
        except OSError:
            return False
        time.sleep(0.1)
        return len(received(directory)) > before

    until(heard)
