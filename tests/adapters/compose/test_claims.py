"""Names, ports, networks and volumes that a compose file takes, from what compose renders; and ports that are taken."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from titan_flow.adapters.compose.claims import Port, claims, read_claims, read_listening
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Json

RENDERED: Json = {
    "name": "shop",
    "networks": {"default": {"name": "shop_default", "ipam": {}}, "front": {"name": "proxy", "external": True}},
    "services": {
        "cache": {
            "container_name": "cache",
            "environment": {"published": "8100", "name": "a secret", "external": "true"},
            "ports": [
                {"mode": "ingress", "target": 80, "published": "8099", "protocol": "tcp"},
                {"mode": "ingress", "host_ip": "127.0.0.1", "target": 53, "published": "53", "protocol": "udp"},
                {"mode": "ingress", "target": 81, "protocol": "tcp"},
                {"mode": "ingress", "target": 82, "published": "9000-9010", "protocol": "tcp"},
            ],
            "labels": {"container_name": "other"},
        },
        "host": {"network_mode": "host", "ports": [{"target": 1, "published": "8101", "protocol": "tcp"}]},
        "web": {"image": "x", "networks": {"front": None}},
    },
    "volumes": {"data": {"name": "shop_data"}, "shared": {"name": "shared", "external": True}},
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose compose prints RENDERED."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "rendered.json").write_text(json.dumps(RENDERED, indent=2))
    (tmp_path / "bin/docker").write_text(f"#!/bin/sh\ncat {tmp_path}/rendered.json\n")
    (tmp_path / "bin/docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path))


async def test_what_a_compose_file_takes(site: Site) -> None:
    answer = await site.run(claims(Compose(file=["compose.yaml"])))
    assert "secret" not in answer.out, "names and ports alone leave the host"
    found = read_claims(answer.out)
    assert found.names == {"cache": "cache"}
    assert found.ports == {"cache": [Port("", 8099, "tcp"), Port("127.0.0.1", 53, "udp")]}
    assert found.external == ["network/proxy", "volume/shared"]


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_port_on_which_a_program_listens(address: str) -> None:
    six = ":" in address
    with socket.socket(socket.AF_INET6 if six else socket.AF_INET) as server:
        server.bind((address, 0))
        server.listen()
        port = server.getsockname()[1]
        table = "tcp6" if six else "tcp"
        rows = Path(f"/proc/net/{table}").read_text().splitlines()
    mine = [one for one in read_listening("\n".join(f"{table} {row}" for row in rows)) if one.number == port]
    assert mine == [Port("" if address in ("0.0.0.0", "::") else address, port, "tcp")]


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        (("", 80, "tcp"), ("127.0.0.1", 80, "tcp"), True),
        (("127.0.0.1", 80, "tcp"), ("10.0.0.1", 80, "tcp"), False),
        (("", 80, "tcp"), ("", 80, "udp"), False),
        (("", 80, "tcp"), ("", 81, "tcp"), False),
    ],
)
def test_which_ports_exclude_each_other(one: tuple[str, int, str], other: tuple[str, int, str], meets: bool) -> None:
    assert Port(*one).meets(Port(*other)) is Port(*other).meets(Port(*one)) is meets
