"""The scene that deployments are tested in: releases, their behaviour under compose, and the rollback to v1."""

import time

import pytest

from tests.droplet.images import service
from tests.droplet.production import DIRECTORY, Production


def deploy(production: Production, version: str) -> int:
    """By hand, as the runbook does; the exit status of `up --wait`."""
    commit = production.releases[version].commit
    script = f"cd {DIRECTORY} && git fetch -q && git reset -q --hard {commit} && docker compose pull -q"
    production.droplet.ssh(script)
    return production.droplet.ssh(f"cd {DIRECTORY} && docker compose up -d --wait", check=False).returncode


def ids(production: Production, version: str) -> dict[str, str]:
    return {name: image.id for name, image in production.releases[version].images.items()}


def test_v1_runs(production: Production) -> None:
    assert production.running() == ids(production, "v1")
    assert production.health() == {"app": "healthy", "side": "healthy"}
    assert production.get() == (200, "app v1\n")
    assert production.head() == production.releases["v1"].commit
    assert production.origin.tip() == production.releases["v3"].commit


def test_v2_by_hand_is_healthy_and_pulled_once(production: Production) -> None:
    side = production.containers()["side"]["Id"]
    assert deploy(production, "v2") == 0
    assert production.running() == ids(production, "v2")
    assert production.get() == (200, "app v2\n")
    assert production.containers()["side"]["Id"] == side, "side is no part of the deployment"
    pulled = production.front.pulled(production.releases["v2"].images["app"].digest)
    assert list(pulled.values()) == [1]


@pytest.mark.soak
def test_v3_is_never_healthy_and_reset_restores_v1(production: Production) -> None:
    assert deploy(production, "v3") == 1
    assert production.health() == {"app": "unhealthy", "side": "healthy"}
    assert production.get() == (503, "app v3\n")
    production.droplet.sh(f"mkdir {DIRECTORY}/.titan-flow && docker tag registry.test:5000/app:v3 kept/app:x")
    production.reset()
    assert production.running() == ids(production, "v1")
    assert len(production.droplet.docker("images", "-q").split()) == 2
    assert production.droplet.exec(["ls", "-A", DIRECTORY]).stdout.split() == [".git", "docker-compose.yml"]


@pytest.mark.soak
def test_reboot_and_power_loss_bring_it_back(production: Production) -> None:
    for cycle in (production.droplet.reboot, lambda: (production.droplet.kill(), production.droplet.boot())):
        cycle()
        deadline = time.monotonic() + 20
        while production.health() != {"app": "healthy", "side": "healthy"}:
            assert time.monotonic() < deadline, production.droplet.logs()
            time.sleep(0.1)
        assert production.get() == (200, "app v1\n")
        assert production.running() == ids(production, "v1")


def test_the_same_image_has_the_same_digest() -> None:
    assert service("v1", pad=100).digest == service("v1", pad=100).digest
    assert len({service("v1").digest, service("v2").digest, service("v1", name="side").digest}) == 3


@pytest.mark.soak
def test_an_image_that_falls_over_and_one_that_takes_its_time(production: Production) -> None:
    production.registry.push("app", "crash", service("crash", CRASH_AFTER="0.2"))
    production.registry.push("app", "slow", service("slow", READY_AFTER="2"))
    run = ["run", "-d", "-p", "9000:8080"]
    production.droplet.docker(*run, "--name", "crash", "--restart=always", "registry.test:5000/app:crash")
    deadline = time.monotonic() + 10
    while production.droplet.docker("inspect", "-f", "{{.RestartCount}}", "crash") == "0":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    production.droplet.docker("rm", "-f", "crash")
    production.droplet.docker(*run, "--name", "slow", "registry.test:5000/app:slow")
    assert "listening" not in production.droplet.docker("logs", "slow")
