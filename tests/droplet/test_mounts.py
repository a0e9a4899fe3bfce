"""A file that a container has mounted changes and nothing else does: compose leaves the container with the old file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.droplet.deploying import Operator
from tests.droplet.production import Production
from tests.droplet.releases import COMPOSE, PORT, REGISTRY

MOUNTING = COMPOSE.replace(
    "    restart: always\n    ports",
    '    restart: always\n    volumes: ["./policy.json:/policy.json:ro", "./config:/config:ro"]\n    ports',
).format(registry=REGISTRY, version="v1", port=PORT)


@pytest.fixture
def operator(tmp_path: Path, production: Production) -> Operator:
    return Operator(tmp_path, production)


def inside(production: Production, path: str) -> str:
    return production.droplet.docker("exec", production.containers()["app"]["Id"], "cat", path)


def ids(production: Production) -> dict[str, str]:
    return {name: one["Id"] for name, one in production.containers().items()}


def test_only_services_that_mount_a_changed_file_are_recreated(operator: Operator, production: Production) -> None:
    def commit(policy: str, limits: str) -> str:
        files = {"docker-compose.yml": MOUNTING, "policy.json": policy, "config/limits": limits, "README": policy}
        return production.origin.commit(files, f"policy {policy}, limits {limits}")

    first, second, third = commit("one", "low"), commit("two", "low"), commit("two", "high")

    def deploy(to: str) -> dict[str, str]:
        assert operator.titan("run", str(operator.spec), "--yes", "--set", f"commit={to}") == 0, operator.said
        return ids(production)

    before = deploy(first)
    assert (inside(production, "/policy.json"), inside(production, "/config/limits")) == ("one", "low")

    assert operator.titan("plan", str(operator.spec), "--set", f"commit={second}", "--json") in (0, 3), operator.said
    planned = json.loads(operator.said[operator.said.index("{") :])["services"]
    after = deploy(second)
    assert inside(production, "/policy.json") == "two"
    assert (after["app"] != before["app"], after["side"] == before["side"]) == (True, True)
    assert {name: one["fate"] for name, one in planned.items()} == {"app": "recreated", "side": "kept"}

    before, after = after, deploy(third)
    assert inside(production, "/config/limits") == "high"
    assert (after["app"] != before["app"], after["side"] == before["side"]) == (True, True)

    assert operator.titan("rollback", str(operator.spec), "--yes") == 0, operator.said
    assert (inside(production, "/policy.json"), inside(production, "/config/limits")) == ("two", "low")
    assert ids(production)["side"] == before["side"]
