"""Health checks as compose 2.26 and 2.40 render them, and how long each may need."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from titan_flow.adapters.compose.healthchecks import Health, HealthFits, health, read_health
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
    program.write_text(f"#!/bin/sh\ncat {directory}/rendered\nexit {status}\n")
    program.chmod(0o755)
    return Site(LocalHost(), str(directory), {"compose": Compose.model_validate({"file": "docker-compose.yml"})})


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = docker(tmp_path, json.dumps(RENDERED, indent=2))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return site


async def test_each_check_may_need_as_long_as_its_own_numbers_say(found: Site) -> None:
    seen = await HealthFits.model_validate({"within": "2m30s"}).look(found, None)
    assert seen.yes and seen.says == "2 health checks fit into 2m30s"
    assert seen.evidence == {"brain": 150.0, "execution": 90.0}


async def test_a_shorter_patience_is_a_no_with_the_numbers(found: Site) -> None:
    seen = await HealthFits.model_validate({"within": "2m"}).look(found, None)
    assert seen.answer is Answer.NO and seen.final
    assert seen.says == "brain may need 2m30s (1m30s + 10s x 6), but has 2m"


def test_nothing_but_numbers_leaves_the_host(found: Site, tmp_path: Path) -> None:
    argv = health(Compose.model_validate({"file": "docker-compose.yml"})).argv
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert "hunter2" not in said and "9h" not in said
    assert read_health(said) == {"brain": Health(10.0, 6, 90.0), "execution": Health()}


@pytest.mark.parametrize("rubbish", ["no json", '    "brain": {', '    "brain": {\n        "interval": "soon"\n'])
def test_what_is_no_health_check_is_no_answer(rubbish: str) -> None:
    if rubbish.endswith("{"):
        assert read_health(rubbish) == {}
    else:
        with pytest.raises(ValueError):
            read_health(rubbish)
