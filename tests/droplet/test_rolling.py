"""A stateless service is replaced behind a real front (haproxy): nobody who asks notices, whatever dies meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.droplet.behind_front import HERE, PORT, Rolling, publish
from tests.droplet.case import clear
from tests.droplet.production import Production
from tests.droplet.requests import Requests


@pytest.fixture(scope="module")
def scene(standing_production: Production) -> Iterator[Production]:
    standing_production.reset()
    publish(standing_production.registry)
    yield standing_production
    clear(standing_production)


@pytest.fixture
def rolling(scene: Production, tmp_path: Path) -> Iterator[Rolling]:
    clear(scene)
    case = Rolling(HERE, scene, tmp_path)
    try:
        case.start()
        yield case
    finally:
        shutil.rmtree(scene.droplet.disk / "srv/git/rolling.git")


def test_nobody_who_asks_notices(rolling: Rolling) -> None:
    with Requests(rolling.scene.address, PORT) as there:
        assert rolling.deploy("after") == 0, rolling.operator.said
    assert rolling.webs() == {"rolling-web-2": "registry.test:5000/web:v2"}
    assert there.answers["v1"] and there.answers["v2"]
    assert there.lost == 0, there.faults
    rolling.nothing_to_do_by_hand()
    with Requests(rolling.scene.address, PORT) as back:
        assert rolling.operator.titan("rollback", str(rolling.operator.spec), "--yes") == 0, rolling.operator.said
    assert rolling.webs() == {"rolling-web-3": "registry.test:5000/web:v1"}
    assert back.answers["v1"] and back.answers["v2"]
    assert back.lost == 0, back.faults


def test_a_bad_release_costs_nobody_a_request(rolling: Rolling) -> None:
    with Requests(rolling.scene.address, PORT) as requests:
        assert rolling.deploy("bad") == 4, rolling.operator.said
    assert rolling.webs() == {"rolling-web-1": "registry.test:5000/web:v1"}
    assert requests.answers["v1"] and requests.lost == 0, requests.faults


def _scaled_up(webs: dict[str, str]) -> bool:
    return len(webs) == 2


def _draining(webs: dict[str, str]) -> bool:
    return any(name.endswith("-draining") for name in webs)


def _removed(webs: dict[str, str]) -> bool:
    return [*webs] == ["rolling-web-2"]


@pytest.mark.parametrize(
    "point",
    [pytest.param(_scaled_up, marks=pytest.mark.soak), _draining, pytest.param(_removed, marks=pytest.mark.soak)],
)
def test_the_host_goes_down_in_the_middle(rolling: Rolling, point: Callable[[dict[str, str]], bool]) -> None:
    dies_at(rolling, point)
    assert rolling.operator.titan("resume", str(rolling.operator.spec), "--yes") == 0, rolling.operator.said
    assert rolling.webs() == {"rolling-web-2": "registry.test:5000/web:v2"}
    rolling.nothing_to_do_by_hand()


@pytest.mark.soak
def test_back_to_what_was_told_to_drain(rolling: Rolling) -> None:
    """It serves no more, though its image is the right one: it is replaced, not kept."""
    dies_at(rolling, _draining)
    assert rolling.operator.titan("rollback", str(rolling.operator.spec), "--yes") in (0, 4), rolling.operator.said
    assert [*rolling.webs().values()] == ["registry.test:5000/web:v1"]
    assert rolling.asks(0.5).answers["v1"]


def dies_at(rolling: Rolling, point: Callable[[dict[str, str]], bool]) -> None:
    """The host loses power once the containers are so; the driver gives up; the host comes back."""
    commit = f"commit={rolling.commits['after']}"
    run = rolling.operator.start("run", str(rolling.operator.spec), "--yes", "--set", commit)
    while not point(rolling.webs()):
        assert run.poll() is None, run.communicate()[0]
    run.kill()
    run.wait()
    rolling.scene.droplet.kill()
    rolling.scene.droplet.boot()
