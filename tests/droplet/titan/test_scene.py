"""The scene that `specs/titan.yaml` is tested in: six real services, and a Titan that is armed only by who may."""

import json

import pytest

from tests.droplet.commands import CommandFailed
from tests.droplet.titan.scene import SERVICES, Titan
from tests.droplet.titan.standin.trader import ARM, BRAIN, EXECUTION


def test_six_services_run_v1_armed_behind_tls(titan: Titan) -> None:
    assert sorted(titan.running()) == sorted(SERVICES) and titan.running() == titan.ids(titan.v1)
    assert titan.armed() == {BRAIN: True, EXECUTION: True}
    status, body = titan.get(within=5)
    assert (status, json.loads(body)["version"]) == (200, "v1")
    assert titan.head() == titan.v1.commit and titan.witness.heard == []


def test_only_json_disarms_and_only_for_an_authorized_user(titan: Titan) -> None:
    """The runbook's bare string is published, and dropped without a word; other users may not even publish."""
    pub = ["exec", "titan-nats", "nats", "pub"]
    assert "Published" in titan.droplet.docker(*pub, "titan.cmd.operator.disarm.v1", "DISARM")
    assert titan.armed() == {BRAIN: True, EXECUTION: True}
    titan.disarm()
    stranger = ["exec", "-e", "NATS_USER=witness", "-e", "NATS_PASSWORD=witness", "titan-nats", "nats", "pub"]
    with pytest.raises(CommandFailed, match="Permissions Violation"):
        titan.droplet.docker(*stranger, ARM, "{}")
    assert titan.armed() == {BRAIN: False, EXECUTION: False}


@pytest.mark.soak
def test_a_recreated_execution_starts_disarmed_and_a_restarted_one_does_not(titan: Titan) -> None:
    titan.droplet.docker("restart", EXECUTION)
    titan.wait_armed()
    assert "initialized in ARMED state" in titan.droplet.docker("logs", EXECUTION)
    titan.reset(armed=False)
    assert "initialized DISARMED" in titan.droplet.docker("logs", EXECUTION)
    assert titan.armed() == {BRAIN: False, EXECUTION: False}


@pytest.mark.soak
def test_the_database_takes_logins_with_its_password(titan: Titan) -> None:
    asked = titan.droplet.docker("exec", "titan-postgres", "psql", "-h", "/tmp", "-U", "titan", "-tAc", "select 6 * 7")
    assert asked == "42"
