"""What an up does, settled by its look; and what it finds hopeless after it acted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.adapters.compose.titan import HASH, V1, V2, container
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.models import Container, LocalImage, Project, stamp
from titan_flow.adapters.compose.rendering import Rendered, Service, read_rendered
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.compose.up_plan import (
    CONTAINERS,
    Pin,
    Plan,
    doomed,
    fault,
    looping,
    mendable,
    moved,
    pin,
    settled,
)
from titan_flow.adapters.site import Site
from titan_flow.states.release import Image
from titan_flow.states.values import Json


@pytest.mark.parametrize(
    ("changed", "is_settled"),
    [
        ({}, True),
        ({"image": V2}, False),
        ({"hash": "b" * 64}, False),
        ({"hash": "b" * 64, "ours": HASH}, True),
        ({"hash": "b" * 64, "ours": "b" * 64}, False),
    ],
)
def test_a_container_is_settled_by_image_and_configuration(changed: Mapping[str, Json], is_settled: bool) -> None:
    rendered = Rendered("titan", HASH, {"nats": Service("nats:2", HASH)})
    assert settled(rendered, "nats", V1, container(**changed)) is is_settled


@pytest.mark.parametrize(
    ("said", "there", "why"),
    [
        ('"scale": 3', 1, "has 1 of 3 containers"),
        ('"scale": 2', 2, None),
        ('"deploy": {\n        "replicas": 1,\n        "resources": {}\n      }', 2, "has 2 of 1 containers"),
        ('"deploy": {\n        "replicas": 0\n      }', 0, None),
        ('"deploy": {}', 1, None),
    ],
)
async def test_how_many_containers_of_a_service(
    site: Site, tmp_path: Path, said: str, there: int, why: str | None
) -> None:
    body = f'{{\n  "name": "t",\n  "services": {{\n    "db": {{\n      "image": "x",\n      {said}\n    }}\n  }}\n}}\n'
    json.loads(body)
    (tmp_path / "rendered.json").write_text(body)
    rendered = read_rendered((await site.run(questions.rendered(site.block(Compose)))).out)
    one = container(service="db", hash=rendered.services["db"].hash)
    found = Facts(rendered, Project(0.0, (one,) * there), None)
    assert fault(found, "db", V1) == why


@pytest.mark.parametrize(
    ("changed", "loops"),
    [
        ({}, False),
        ({"restarts": 3}, False),
        ({"restarts": 3, "started": "2026-11-24T06:41:00Z"}, True),
        ({"restarts": 0, "started": "2026-11-24T06:41:00Z"}, False),
        ({"restarts": 3, "status": "exited", "started": "2026-11-24T06:41:00Z"}, False),
        ({"restarts": 3, "status": "restarting", "started": "2026-11-24T05:00:00Z"}, True),
    ],
)
def test_a_service_that_keeps_restarting(changed: Mapping[str, Json], loops: bool) -> None:
    now = stamp("2026-11-24T06:41:10Z")
    found = Facts(
        Rendered("titan", HASH, {"nats": Service("nats:2", HASH)}),
        Project(now, (container(**{"started": "2026-11-24T06:40:38Z", **changed}),)),
        None,
    )
    assert looping(found, ["nats", "brain"]) == ({"nats": "keeps restarting"} if loops else {})


def test_the_override_says_nothing_of_what_is_right() -> None:
    plan = Plan(pins={"nats": Pin(), "app": Pin(image=V1, label=HASH), "new": Pin(pull=True)})
    assert plan.override() == {
        "services": {
            "nats": {"pull_policy": "never"},
            "app": {"image": V1, "labels": {"io.titan-flow.config": HASH}, "pull_policy": "never"},
            "new": {"pull_policy": "missing"},
        }
    }


def image(id: str, *tags: str) -> LocalImage:
    return LocalImage(id=id, digests=[], tags=[*tags])


PINS: list[tuple[list[dict[str, Json]], str | None, str | None, Pin]] = [
    # what runs as the plain file says is left to the file
    ([{}], V1, V1, Pin()),
    ([], V1, V1, Pin()),
    # the name leads elsewhere: pinned, and what was pinned stays so
    ([], V1, V2, Pin(image=V1, label=HASH)),
    ([{"image": V2}], V1, V2, Pin(image=V1, label=HASH)),
    ([{"hash": "b" * 64, "ours": HASH}], V1, V1, Pin(image=V1, label=HASH)),
    ([], None, None, Pin(pull=True)),
]


@pytest.mark.parametrize(("there", "id", "named", "wanted"), PINS)
def test_an_image_is_pinned_only_where_its_name_does_not_lead_to_it(
    there: list[dict[str, Json]], id: str | None, named: str | None, wanted: Pin
) -> None:
    rendered = Rendered("titan", HASH, {"nats": Service("nats:2", HASH)})
    found = Facts(rendered, Project(0.0, tuple(container(**one) for one in there)), None)
    assert pin(found, "nats", id, named) == wanted


def test_a_tag_is_moved_only_where_all_its_services_agree() -> None:
    given = {"a": Image(id=V1), "b": Image(id=V2), "c": Image(id=V1)}
    references = {"a": "r/x:1", "b": "r/x:1", "c": "r/y:1"}
    ids = {"a": V1, "b": V2, "c": V1}
    assert moved(given, references, ids, {}) == {"r/y:1": V1}
    assert moved(given, references, ids, {"r/y:1": image(V1)}) == {}
    assert moved(given, {"c": "r/y@sha256:1"}, {"c": V1}, {}) == {}, "a digest is no tag"


@pytest.mark.parametrize(
    ("name", "status", "other", "mends"),
    [
        ("/0123456789ab_titan-nats", "created", "/titan-nats", True),
        ("/0123456789ab_titan-nats", "running", "/titan-nats", False),
        ("/0123456789ab_titan-nats", "running", "/titan-db", True),
        ("/titan-nats", "created", "/titan-db", False),
    ],
)
def test_what_a_killed_up_left_is_mended_where_it_cannot_be_in_use(
    name: str, status: str, other: str, mends: bool
) -> None:
    there = (container(name=name, status=status), container(id="d" * 64, name=other))
    found = Facts(Rendered("titan", HASH, {}), Project(0.0, there), None)
    assert mendable(found) == ({"c" * 64: "titan-nats"} if mends else {})


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
