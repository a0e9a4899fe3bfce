"""What stands in the way of an `up`, by what docker and the host say."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.adapters.compose.titan import HASH, container
from titan_flow.adapters.compose.claims import Claims, Port
from titan_flow.adapters.compose.conflicts import conflicts
from titan_flow.adapters.compose.models import Project
from titan_flow.adapters.compose.rendering import Rendered, Service
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Json

SETTINGS = Compose(file=["compose.yaml"])
RENDERED = Rendered("shop", HASH, {"web": Service("x", HASH), "cache": Service("x", HASH)})
OTHER: Mapping[str, Json] = {
    "id": "e" * 64, "name": "/other", "running": True, "ports": {"80/tcp": None}, "project": "", "service": "",
}  # fmt: skip
_DOCKER = """#!/bin/sh
case "$*" in
  ps*) [ ! -s {folder}/holders ] || echo ids ;;
  version*) ;;
  inspect*) cat {folder}/holders ;;
  "network inspect there") ;;
  *) exit 1 ;;
esac
"""


class Host:
    def __init__(self, folder: Path) -> None:
        self.folder, self.site = folder, Site(LocalHost(), str(folder))
        (folder / "bin").mkdir()
        (folder / "bin/docker").write_text(_DOCKER.format(folder=folder))
        (folder / "bin/docker").chmod(0o755)

    async def blocked(
        self, claimed: Claims, *holders: Mapping[str, Json], mine: tuple[str, ...] = (), removed: tuple[str, ...] = ()
    ) -> list[str]:
        (self.folder / "holders").write_text("".join(json.dumps({**OTHER, **one}) + "\n" for one in holders))
        there = Project(0.0, tuple(container(service=one, id=one) for one in mine))
        found = Facts(RENDERED, there, None, claims=claimed)
        return [one.says for one in await conflicts(self.site, SETTINGS, found, removed)]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return Host(tmp_path)


async def test_a_name_that_another_container_has(host: Host) -> None:
    named = Claims(names={"cache": "cache"})
    says = "cache: the name cache belongs to another container (project blog)"
    assert await host.blocked(named, {"name": "/cache", "project": "blog", "running": False}) == [says]
    assert await host.blocked(named, {"name": "/cache", "id": "cache"}, mine=("cache",)) == []
    assert await host.blocked(named, {"name": "/cache"}, removed=("e" * 64,)) == [], "an orphan that goes first"
    standard = "web: the name shop-web-1 belongs to another container"
    assert await host.blocked(Claims(), {"name": "/shop-web-1"}) == [standard]


async def test_a_port_that_another_container_publishes(host: Host) -> None:
    wants = Claims(ports={"web": [Port("", 8099, "tcp")]})
    ports: Json = {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8099"}]}
    assert await host.blocked(wants, {"ports": ports}) == ["web: port 8099/tcp is taken by container other"]
    assert await host.blocked(wants, {"ports": ports, "running": False}) == []
    assert await host.blocked(wants, {"ports": ports, "id": "web"}, mine=("web",)) == []


async def test_a_port_on_which_a_program_of_the_host_listens(host: Host) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        wants = Claims(ports={"web": [Port("", port, "tcp")]})
        assert await host.blocked(wants) == [f"web: port {port}/tcp is in use by a program on the host"]
        assert await host.blocked(wants, mine=("web",)) == [], "it is docker that listens there, for web"
    assert await host.blocked(wants) == []


async def test_networks_and_volumes_that_are_not_there(host: Host) -> None:
    wants = Claims(external=["network/there", "network/proxy", "volume/shared"])
    absent = ["the external network proxy does not exist", "the external volume shared does not exist"]
    assert await host.blocked(wants) == absent
