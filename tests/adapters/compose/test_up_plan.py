"""What an up finds hopeless after it acted. Pure; a real engine is in tests/droplet."""

from __future__ import annotations

import pytest

from tests.adapters.compose.test_adapter import HASH, container
from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.compose.up_plan import CONTAINERS, doomed
from titan_flow.states.values import Json

BASELINE: Json = {CONTAINERS: ["old"]}


def facts(*there: Container) -> Facts:
    services = {"web": Service("web:2", HASH), "job": Service("job:2", HASH)}
    return Facts(Rendered("app", HASH, services), Project(0.0, there), None)


def web(id: str = "new", **changed: Json) -> Container:
    return container(**{"id": id, "name": "/app-web-1", "service": "web", **changed})


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (web(health="unhealthy"), "is unhealthy"),
        (web(status="exited", exit_code=3, restart="no"), "does not run (exit 3)"),
        (web(status="exited", exit_code=137, oom_killed=True, restart="always"), "does not run (exit 137, killed"),
        (web(health="starting"), ""),
        (web(health="healthy"), ""),
        (web(status="created", exit_code=0), ""),
        (web(status="exited", exit_code=3, restart="always", restarts=1), ""),
        (web("old", health="unhealthy"), ""),
    ],
)
def test_a_new_container_that_waiting_cannot_make_well(there: Container, found: str) -> None:
    seen = doomed(facts(there), [], BASELINE)
    assert seen.get("web", "").startswith(found) and bool(seen) == bool(found)


@pytest.mark.parametrize("since", [None, {}, {"job": "an end"}, {CONTAINERS: "no list"}, []])
def test_nothing_is_hopeless_without_a_baseline(since: Json) -> None:
    assert doomed(facts(web(health="unhealthy")), [], since) == {}


def test_a_one_off_service_is_judged_by_its_own_rule() -> None:
    assert doomed(facts(web(status="exited", exit_code=3, restart="no")), ["web"], BASELINE) == {}
