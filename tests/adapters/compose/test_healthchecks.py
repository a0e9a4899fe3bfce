"""Health checks as compose 2.26 and 2.40 render them, and how long each may need."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from titan_flow.adapters.compose.healthchecks import (
    HealthCheck,
    HealthFits,
    health,
    image_health,
    numbers_of,
    read_health,
)
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer

RENDERED = {
    "name": "titan",
    "services": {
        "brain": {
            "environment": {"PASSWORD": "hunter2", "interval": "9h"},
            "healthcheck": {
                "test": ["CMD", "curl", "-f", "http://localhost:3100/health?key=hunter2"],
                "interval": "10s",
                "retries": 6,
                "start_period": "1m30s",
                "timeout": "5s",
            },
            "image": "brain:v1",
        },
        "execution": {"healthcheck": {"test": ["CMD", "true"], "timeout": "1s"}, "image": "execution:v1"},
        "quiet": {"healthcheck": {"disable": True}, "image": "quiet:v1"},
        "redis": {"image": "redis:7"},
    },
}


def docker(directory: Path, printed: str, status: int = 0) -> Site:
    """A `docker` that prints this, as compose does, two spaces a level; found first on the commands' PATH."""
    (directory / "bin").mkdir(exist_ok=True)
    (directory / "rendered").write_text(printed)
    program = directory / "bin" / "docker"
    program.write_text(f'#!/bin/sh\n[ "$1" = compose ] || exit 1\ncat {directory}/rendered\nexit {status}\n')
    program.chmod(0o755)
    return Site(LocalHost(), str(directory), {"compose": Compose.model_validate({"file": "docker-compose.yml"})})


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = docker(tmp_path, json.dumps(RENDERED, indent=2))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return site


async def test_each_check_may_need_as_long_as_its_own_numbers_say(found: Site) -> None:
    seen = await HealthFits.model_validate({"within": "3m"}).look(found, None)
    assert seen.yes and seen.says == "2 health checks fit into 3m"
    assert seen.evidence == {"brain": 180.0, "execution": 93.0}


async def test_a_shorter_patience_is_a_no_with_the_numbers(found: Site) -> None:
    seen = await HealthFits.model_validate({"within": "2m"}).look(found, None)
    assert seen.answer is Answer.NO and seen.final
    assert seen.says == "brain may need 3m (1m30s + 6 x (10s + 5s)), but has 2m"


def test_nothing_but_numbers_leaves_the_host(found: Site, tmp_path: Path) -> None:
    argv = health(Compose.model_validate({"file": "docker-compose.yml"})).argv
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert "hunter2" not in said and "9h" not in said
    assert read_health(said) == {"brain": HealthCheck(90.0, 10.0, 5.0, 6), "execution": HealthCheck(timeout=1.0)}


@pytest.mark.parametrize("rubbish", ["no json", '    "brain": {', '    "brain": {\n        "interval": "soon"\n'])
def test_what_is_no_health_check_is_no_answer(rubbish: str) -> None:
    if rubbish.endswith("{"):
        assert read_health(rubbish) == {}
    else:
        with pytest.raises(ValueError):
            read_health(rubbish)


@pytest.mark.parametrize(
    ("given", "longest", "formula"),
    [
        ({"interval": "2s", "timeout": "10s", "retries": 8}, 96.0, "0s + 8 x (2s + 10s)"),
        (
            {"interval": "45s", "timeout": "1m30s", "retries": "20", "start_period": "2m"},
            2820.0,
            "2m + 20 x (45s + 1m30s)",
        ),
        ({}, 180.0, "0s + 3 x (30s + 30s)"),
        ({"start_period": "10s", "start_interval": "1m", "interval": "5s", "timeout": "1s", "retries": 1}, 66.0, None),
        ({"start_interval": "1m", "interval": "5s", "timeout": "1s", "retries": 1}, 6.0, None),
        ({"interval": "0s", "retries": 0}, 180.0, None),
    ],
)
def test_one_formula_for_the_time_a_health_check_may_take(
    given: dict[str, object], longest: float, formula: str | None
) -> None:
    check = numbers_of(given)
    assert check.longest == longest
    assert formula is None or check.formula == formula


def test_the_health_check_of_an_image_counts_where_the_compose_file_has_none() -> None:
    slow = (
        '{"disabled":false,"start_period":120000000000,"interval":5000000000,"timeout":3000000000,"retries":5,'
        '"start_interval":0}'
    )
    out = "\n".join(
        (
            '  "name": "shop",',
            '    "web": {',
            '      "image": "slow:v2"',
            '    "api": {',
            '      "healthcheck": {',
            '        "interval": "10s",',
            '      "image": "slow:v2"',
            '    "off": {',
            '      "healthcheck": {',
            '        "disable": true',
            '      "image": "slow:v2"',
            '    "built": {',
            '      "build": {',
            f"image slow:v2 {slow}",
            f"image shop-built {slow}",
            "image plain:v1 null",
        )
    )
    found = read_health(out)
    assert {name: one.longest for name, one in found.items()} == {"web": 160.0, "api": 185.0, "built": 160.0}
    assert image_health('{"disabled":true}') is None and image_health("null") is None
