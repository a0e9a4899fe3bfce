"""Stateless services: what stands in the way, which containers go, in which order. Pure; a real engine is in
tests/droplet/test_rolling.py."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from tests.adapters.compose.titan import HASH, V1, V2, container
from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.rendering import Rendered, Service, read_rendered
from titan_flow.adapters.compose.rolling import DRAINING, draining, final, job, obstacles, ordered, rolls
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.compose.up_plan import Plan, Roll
from titan_flow.adapters.effects import CommandResult
from titan_flow.states.values import Json

OLD, NEW = "b" * 64, HASH


def web(id: str, **changed: Json) -> Container:
    return container(**{"id": id, "name": f"/app-web-{id}", "service": "web", "hash": NEW, "image": V2, **changed})


def old(id: str, **changed: Json) -> Container:
    return web(id, **{"hash": OLD, "image": V1, **changed})


def facts(*there: Container, replicas: int = 1, services: Mapping[str, Service] | None = None) -> Facts:
    mine = {"web": Service("web:2", NEW, replicas=replicas, checked=True), **(services or {})}
    return Facts(Rendered("app", HASH, mine), Project(0.0, there), None)


def roll(*there: Container, replicas: int = 1, stale: dict[str, str] | None = None) -> Roll | None:
    made = rolls(facts(*there, replicas=replicas), {"web": V2}, stale or {}, ["web"], ["web"])
    return made[0] if made else None


@pytest.mark.parametrize(
    ("there", "replicas", "total", "leave", "first"),
    [
        ([old("1")], 1, 2, ["1"], []),
        ([old("1"), old("2")], 2, 4, ["1", "2"], []),
        ([old("1"), web("2")], 1, 2, ["1"], []),  # killed after scale-up
        ([old("1"), old("2"), web("3")], 2, 4, ["1", "2"], []),
        ([old("1"), web("2"), web("3")], 1, 3, ["1"], []),
        ([old("1"), web("2", health="unhealthy")], 1, 2, ["1"], ["2"]),
        ([old("1"), web("2", status="exited")], 1, 2, ["1"], ["2"]),
        ([old("1"), old("2", status="exited")], 2, 3, ["1"], ["2"]),
        ([old("1")], 3, 4, ["1"], []),
        ([old("1", name="/0123456789ab_app-web-1"), old("2")], 1, 2, ["2"], []),
    ],
)
def test_which_containers_go(
    there: list[Container], replicas: int, total: int, leave: list[str], first: list[str]
) -> None:
    found = roll(*there, replicas=replicas)
    assert found is not None and (found.total, found.old, found.idle) == (total, leave, first)


@pytest.mark.parametrize(
    ("there", "replicas"),
    [([], 1), ([old("1", status="exited")], 1), ([web("1")], 1), ([web("1"), web("2")], 1), ([old("1")], 0)],
)
def test_where_nothing_serves_or_nothing_changes_a_plain_up_does_it(there: list[Container], replicas: int) -> None:
    assert roll(*there, replicas=replicas) is None


def test_what_has_to_go_though_its_configuration_is_right() -> None:
    found = roll(web("1"), web("2"), stale={"1": "mounts a file that changed"})
    assert found is not None and (found.total, found.old) == (2, ["1"])


def test_who_was_told_to_drain_serves_no_more() -> None:
    assert draining(facts(web("1"), web("2", name=f"/app-web-2{DRAINING}"))) == {"2": "was told to drain"}


def test_who_is_always_called_so_was_told_nothing() -> None:
    lines = f'{HASH}  -\nweb {HASH}\n\n  "name": "t"\n    "web": {{\n      "container_name": "pool{DRAINING}"'
    pool = web("1", name=f"/pool{DRAINING}")
    assert draining(Facts(read_rendered(lines), Project(0.0, (pool,)), None)) == {}


def test_the_order_of_dependencies() -> None:
    """Each is replaced behind what it needs; what changes of that and is not stateless comes up just before."""
    services = {
        "web": Service("web:2", NEW, needs={"api": "service_healthy", "job": "service_completed_successfully"}),
        "api": Service("web:2", NEW, needs={"db": "service_started"}),
        "job": Service("job:1", NEW, needs={"db": "service_healthy"}, once=True),
        "db": Service("db:1", NEW),
        "side": Service("db:1", NEW, follows={"db"}, needs={"db": "service_started"}),
        "front": Service("front:1", NEW, needs={"web": "service_healthy"}),
    }
    there = [old("1"), old("2", service="api"), container(id="3", service="db"), container(id="4", service="side")]
    found = facts(*there, services=services)
    assert ordered(found.rendered)[0] == "db" and ordered(found.rendered)[-1] == "front"
    ids: dict[str, str | None] = dict.fromkeys(services, V2)
    api, first = rolls(found, ids, {}, ["web", "api"], ["web", "api", "job", "db", "front"])
    assert (api.service, api.before, api.needs) == ("api", ["db", "side"], {})
    assert (first.service, first.before) == ("web", ["job"])
    assert first.needs == {"api": "service_healthy", "job": "service_completed_successfully"}


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('"healthcheck": {\n        "interval": "1s"\n      }', ""),
        ('"healthcheck": {\n        "disable": true\n      }', "has no health check"),
        ('"image": "x"', "has no health check"),
        ('"container_name": "web"', "has the fixed name web (`container_name:`)"),
        ('"network_mode": "host"', "has the network of another (`network_mode: host`)"),
        ('"ports": [\n        {\n          "published": "8080"\n        }\n      ]', "publishes port 8080 of the host"),
        ('"networks": {\n        "a": {\n          "ipv4_address": "10.0.0.9"\n        }\n      }', "10.0.0.9"),
        ('"depends_on": {\n        "x": {\n          "condition": "service_started"\n        }\n      }', "no health"),
    ],
)
def test_what_stands_in_the_way(said: str, why: str) -> None:
    body = f'{HASH}  -\nweb {HASH}\n\n  "name": "t",\n  "services": {{\n    "web": {{\n      {said}\n'
    lines = [line for line in body.splitlines() if line.strip() not in ("}", "{", "]", '"services": {')]
    rendered = read_rendered("\n".join(lines))
    found = obstacles(Facts(rendered, Project(0.0, (web("1"),)), None), ["web", "unknown"])
    assert why in found.get("web", "") and bool(found) is bool(why)


@pytest.mark.parametrize("free", ["", "0", "8000-8010"])
def test_a_port_that_the_engine_chooses_is_none(free: str) -> None:
    lines = f'{HASH}  -\nweb {HASH}\n\n  "name": "t"\n    "web": {{\n      "ports": [\n          "published": {json.dumps(free)}\n      "healthcheck": {{'  # noqa: E501
    assert obstacles(Facts(read_rendered(lines), Project(0.0), None), ["web"]) == {}


def test_others_that_stand_in_the_way() -> None:
    for other in (Service("x", NEW, shares={"web"}), Service("x", NEW, follows={"web"})):
        assert "side" in obstacles(facts(services={"side": other}), ["web"])["web"]
    once = facts(services={"web": Service("x", NEW, once=True, checked=True)})
    assert "ends by itself" in obstacles(once, ["web"])["web"]
    assert "can be armed" in obstacles(facts(), ["web"], {"web"})["web"]


def test_the_job() -> None:
    settings = Compose.model_validate(
        {"file": "x.yml", "stateless": ["web"], "drain": {"wait": "2s", "signal": "USR1"}}
    )
    one = Roll(
        project="app",
        service="web",
        total=4,
        old=["1", "2"],
        idle=["0"],
        before=["db"],
        needs={"db": "service_healthy"},
    )
    commands = [*job(settings, Plan(rolls=[one]), pull=True, strict=True)]
    words = [" ".join(word for word in each.argv if "\n" not in word) for each in commands]
    up = "docker compose -f x.yml -f .titan-flow/images.json --progress plain up -d"
    assert words == [
        f"{up} --no-deps db",
        "sh -c sh 0",
        "sh -c sh needs app db service_healthy",
        f"{up} --no-deps --no-recreate --scale web=4 web",
        "sh -c sh healthy app web 1 2",
        "sh -c sh drain 2 USR1 strict 2 1 2",
        "sh -c sh 1 2",
    ]
    assert commands[4].argv[2].startswith("# waits until the new containers of web are healthy\n")


def test_a_short_way_to_say_how_long_to_drain() -> None:
    settings = Compose.model_validate({"file": "x.yml", "stateless": ["web"], "drain": "3s"})
    assert (settings.drain.wait, settings.drain.command, settings.drain.signal) == (3.0, [], None)
    with pytest.raises(ValidationError, match="not both"):
        Compose.model_validate({"file": "x.yml", "drain": {"command": ["x"], "signal": "USR1"}})


def test_the_verdict_of_the_job_is_its_last_line() -> None:
    assert final(CommandResult(97, "", "a log\nweb: app-web-2 is unhealthy\n")) == "web: app-web-2 is unhealthy"
    assert final(CommandResult(1, "", "x")) == "" == final(CommandResult(0, "", "x"))
