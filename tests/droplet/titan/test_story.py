"""The runbook's story on six real services: there, back, and never armed without having been verified."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import CHECKOUT, SECRETS, Titan
from tests.droplet.titan.standin.trader import BRAIN, EXECUTION

ARMED, DISARMED = {BRAIN: True, EXECUTION: True}, {BRAIN: False, EXECUTION: False}


@pytest.fixture
def operator(tmp_path: Path, titan: Titan) -> TitanOperator:
    return TitanOperator(tmp_path, titan)


def version(titan: Titan) -> tuple[int, str]:
    status, body = titan.get(within=5)
    return status, json.loads(body)["version"] if body.startswith("{") else ""


def test_there_and_back(operator: TitanOperator, titan: Titan) -> None:
    """v1 armed -> v2 armed; v3, which is never well -> v2's very images run, verified, disarmed."""
    before = {name: found["Id"] for name, found in titan.containers().items()}
    v2 = titan.release("v2")
    assert operator.run() == 0, operator.said
    assert titan.running() == titan.ids(v2) and titan.head() == v2.commit
    assert titan.armed() == ARMED and version(titan) == (200, "v2")
    assert [name for name, _ in titan.witness.heard] == ["disarm", "arm"]
    kept = {name: found["Id"] for name, found in titan.containers().items() if found["Id"] == before[name]}
    assert sorted(kept) == ["nats", "postgres", "redis", "traefik"], "a deployment has no business with these"

    titan.release("v3", brain={"HEALTH": "503"})
    assert operator.run() == 4, operator.said
    assert titan.running() == titan.ids(v2) and titan.head() == v2.commit
    assert titan.armed() == DISARMED and version(titan) == (200, "v2")
    assert titan.witness.count("arm") == 1, "only v2 ever was"
    said = operator.said + "".join(record.model_dump_json() for record in operator.newest())
    assert "titan-brain" in operator.said and not [secret for secret in SECRETS.values() if secret in said]


@pytest.mark.soak
def test_what_fails_while_it_is_verified_is_never_armed(operator: TitanOperator, titan: Titan) -> None:
    """Green at first, and not to the end of `steady`."""
    operator.change("steady: 1s", "steady: 20s")
    titan.release("v2")
    fell = fall_at(operator, titan, "hold.looked", samples=1)
    assert fell and titan.witness.count("arm") == 0
    assert operator.code == 4, operator.said
    assert titan.running() == titan.ids(titan.v1) and titan.armed() == DISARMED and version(titan) == (200, "v1")


def test_what_fails_while_it_is_watched_is_disarmed_first_and_rolled_back(
    operator: TitanOperator, titan: Titan
) -> None:
    operator.change("for: 500ms", "for: 60s")
    v2 = titan.release("v2")
    fell = fall_at(operator, titan, "watch.looked", samples=1)
    assert fell and operator.code == 4, operator.said
    assert titan.running() == titan.ids(titan.v1) and titan.armed() == DISARMED and version(titan) == (200, "v1")
    heard = [name for name, _ in titan.witness.heard]
    assert heard[:3] == ["disarm", "arm", "disarm"] and heard.count("arm") == 1
    steps = [getattr(record.event, "step", None) for record in operator.newest()]
    assert steps.index("fast_rollback/1") < steps.index("fast_rollback/2"), "disarmed before anything was moved"
    assert v2.commit in operator.said or v2.commit[:7] in operator.said


def fall_at(operator: TitanOperator, titan: Titan, kind: str, samples: int) -> bool:
    """Runs; brain is unwell from the moment on at which so many samples of that kind were good."""
    process, fell = operator.start("run", str(operator.spec), "--yes", "--json"), False
    for event in operator.events(process):
        if not fell and event["kind"] == kind and event["samples"] == samples:
            titan.droplet.docker("exec", BRAIN, "touch", "/tmp/unwell")
            fell = True
    operator.code = process.wait(60)
    return fell


@pytest.mark.soak
def test_a_changed_policy_is_armed_only_where_both_have_loaded_it(operator: TitanOperator, titan: Titan) -> None:
    changed = {"risk_policy.json": '{"max_drawdown": 0.01}\n'}
    v2 = titan.release("v2", files=changed)
    assert operator.run() == 0, operator.said
    assert titan.running() == titan.ids(v2) and titan.armed() == ARMED

    titan.release("v3", files=changed, execution={"POLICY_SALT": "x"})
    assert operator.run() == 4, operator.said
    assert "they differ" in operator.said
    assert titan.running() == titan.ids(v2) and titan.armed() == DISARMED

    old = {"POLICY_OWN": CHECKOUT["risk_policy.json"].decode()}
    titan.release("v4", files={"risk_policy.json": '{"max_drawdown": 0.005}\n'}, brain=old, execution=old)
    assert operator.run() == 4, operator.said
    assert "they differ" in operator.said, "both go by the policy before: the same, and not the deployed one"
    assert titan.running() == titan.ids(v2) and titan.armed() == DISARMED and titan.witness.count("arm") == 1


@pytest.mark.soak
def test_nats_is_reached_only_through_the_host_and_only_with_its_password(
    operator: TitanOperator, titan: Titan
) -> None:
    with pytest.raises(OSError):
        socket.create_connection((titan.address, 4222), timeout=2)
    v1, heard = titan.running(), len(titan.witness.heard)
    titan.release("v2")
    assert operator.run(TITAN_NATS_PASSWORD="not-the-password") == 3, operator.said
    assert "nats" in operator.said.lower() and titan.running() == v1 and len(titan.witness.heard) == heard
    assert titan.armed() == ARMED and titan.head() == titan.v1.commit
