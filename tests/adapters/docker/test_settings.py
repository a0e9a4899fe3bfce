"""Every adapter that asks docker asks the engine that `compose:` names, as root where it says so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from titan_flow.adapters.base import Check
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database import argv as database
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.docker.adapter import Disk, Healthy, Running
from titan_flow.adapters.docker.settings import docker_of
from titan_flow.adapters.docker.version import AtLeast
from titan_flow.adapters.ports import PublishedOnly
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

DOCKER = """#!/bin/sh
context=${{DOCKER_CONTEXT:-none}}
[ "$1" != --context ] || {{ context=$2; shift 2; }}
printf '%s\\n' "$context" >>'{0}/asked'
case $1 in
info) echo / ;;
container) echo '["/x","running","healthy"]' ;;
ps) ;;
system) exit 1 ;;
*) echo 28.2.2 ;;
esac
"""
CHECKS = [
    PublishedOnly(),
    Running(),
    Disk(free="1kB"),
    Healthy(containers=["x"]),
    AtLeast(engine="20"),
]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    (tmp_path / "docker").write_text(DOCKER.format(tmp_path))
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path), {"compose": Compose(file=["x.yml"], context="second")})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: cast("Check", check).name)
async def test_each_check_asks_the_engine_of_the_spec(site: Site, check: Check) -> None:
    assert (await check.look(site, None)).yes
    asked = (Path(site.directory) / "asked").read_text().split()
    assert set(asked) == {"second"}
    site.blocks = {}
    await check.look(site, None)
    assert (Path(site.directory) / "asked").read_text().split()[len(asked) :] == ["none"] * len(asked)


@pytest.mark.parametrize(("block", "own", "sudo"), [(True, None, True), (True, False, False), (False, True, True)])
def test_what_a_check_says_of_root_counts_before_what_the_block_says(block: bool, own: bool | None, sudo: bool) -> None:
    site = Site(LocalHost(), "/", {"compose": Compose(file=["x.yml"], sudo=block)})
    assert docker_of(site, own).does("docker", "ps").sudo is sudo


def test_what_a_person_types() -> None:
    far = Compose(file=["x.yml"], sudo=True, context="second")
    assert far.typed(*far.argv()[1:], "logs", "web") == "sudo docker --context second compose -f x.yml logs web"
    assert Compose(file=["x.yml"]).typed("info") == "docker info"


def test_a_database_is_asked_through_that_engine_too() -> None:
    far, block = Compose(file=["x.yml"], context="second"), Database(service="db", folder="/backups")
    asked: Sequence[object] = [
        database.dump(block, far, "a.dump").env,
        database.marks(block, far, "c0").env,
        database.rows(block, far, "c0").env,
        database.rows_in(block, far, "a.dump", "c0").env,
        database.restore(block, far, "a.dump", "0" * 64, "c0", "m", "R1").env,
    ]
    assert asked == [{"DOCKER_CONTEXT": "second"}] * 5
    assert database.marks(block, far, "c0").sudo, "the folder of the backups is root's"
