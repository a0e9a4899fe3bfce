"""`specs/compose.yaml` on the real thing: forward, back, killed, and cut off."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.droplet.deploying import Operator
from tests.droplet.production import Production
from tests.droplet.releases import COMPOSE, PORT, REGISTRY
from titan_flow.states import events as e


@pytest.fixture
def operator(tmp_path: Path, production: Production) -> Operator:
    return Operator(tmp_path, production)


def ids(production: Production, version: str) -> dict[str, str]:
    return {name: image.id for name, image in production.releases[version].images.items()}


@pytest.mark.soak
def test_a_good_release_reaches_its_goal(operator: Operator, production: Production) -> None:
    assert operator.deploy("v2") == 0, operator.said
    assert production.running() == ids(production, "v2")
    assert production.head() == production.releases["v2"].commit
    assert production.get() == (200, "app v2\n")


def test_an_unhealthy_release_is_rolled_back_to_what_ran(operator: Operator, production: Production) -> None:
    """The runbook's own rollback leaves the bad image running; ours counts only when v2's ids run."""
    assert operator.deploy("v2") == 0, operator.said
    assert operator.deploy("v3") == 4, operator.said
    assert "app" in operator.said
    assert production.running() == ids(production, "v2")
    assert production.head() == production.releases["v2"].commit
    assert production.get() == (200, "app v2\n")


def test_a_bad_release_that_others_wait_for_is_brought_up_once(operator: Operator, production: Production) -> None:
    """compose fails by itself where a dependency is unhealthy; another attempt would find it as it is."""
    waits = "  side:\n    environment: {NEW: yes}\n    depends_on: {app: {condition: service_healthy}}\n"
    compose = COMPOSE.format(registry=REGISTRY, version="v3", port=PORT).replace("  side:\n", waits)
    parent = production.releases["v3"].commit
    commit = production.origin.commit({"docker-compose.yml": compose}, "side waits for app", parent=parent)
    assert operator.titan("run", str(operator.spec), "--yes", "--set", f"commit={commit}") == 4, operator.said
    events = [record.event for record in operator.newest()]
    assert sum(isinstance(one, e.StepIntended) and one.step == "up/1" for one in events) == 1
    decided = next(one for one in events if isinstance(one, e.FailureDecided))
    assert (decided.step, decided.reason) == ("up/1", "app is unhealthy")
    assert production.running() == ids(production, "v1")


def test_killed_in_up_and_resumed(operator: Operator, production: Production) -> None:
    dying = (sys.executable, "-m", "tests.crash.dying", "after-intent", "up/1")
    assert operator.deploy("v2", program=dying) == -9
    assert operator.titan("resume", "--yes") == 0, operator.said
    assert production.running() == ids(production, "v2")


def test_the_connection_cut_in_pull(operator: Operator, production: Production) -> None:
    """The job goes on over there; who comes back attaches to it, and nothing is pulled twice."""
    link = production.droplet.link
    production.front.bytes_per_second = 300_000
    done = threading.Event()

    def cut() -> None:
        while not done.is_set():
            if production.front.blob_bytes > 40_000:
                link.refuse()
                link.cut()
                time.sleep(1)
                production.front.bytes_per_second = None
                link.heal()
                return
            time.sleep(0.02)

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        code = operator.deploy("v2")
        if code == 7:
            code = operator.titan("resume", "--yes")
    finally:
        done.set()
        cutter.join()
    assert code == 0, operator.said
    assert production.running() == ids(production, "v2")
    assert set(_layers(production).values()) == {1}


def _layers(production: Production) -> Counter[str]:
    """How often each layer came down whole; manifests and configurations are asked for by looks too."""
    configs = {image.id for image in production.releases["v2"].images.values()}
    pulled = production.front.pulled()
    blobs = {path.rsplit("/", 1)[1] for _, path, _ in production.front.requests if "/blobs/" in path}
    return Counter({name: count for name, count in pulled.items() if name in blobs - configs})
