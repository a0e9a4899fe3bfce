"""The publisher that runs on a host with nothing but the standard library."""

from __future__ import annotations

import ast
import socket
from pathlib import Path

import pytest
import trustme

from tests.adapters.nats_server import NatsServer
from titan_flow.adapters.nats import remote_publish
from titan_flow.adapters.nats.adapter import NatsSettings
from titan_flow.adapters.nats.publish import on_host
from titan_flow.adapters.nats.remote_publish import LONGEST_LINE, Lines
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost


async def test_the_publisher_says_what_is_wrong(
    site: Site, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = NatsSettings.model_validate(nats_server.settings())
    refused = await site.run(on_host(settings, Redactor(), "forbidden", b"x"))
    assert refused.status == 1
    assert "Permissions Violation" in refused.err
    monkeypatch.setenv("NATS_PASSWORD", "wrong-password")
    wrong = await site.run(on_host(settings, Redactor(), "a", b"x"))
    assert (wrong.status, "Authorization Violation" in wrong.err) == (1, True)
    assert "Traceback" not in wrong.err
    nats_server.stop()
    gone = await site.run(on_host(settings, Redactor(), "a", b"x"))
    assert gone.status == 2
    assert "refused" in gone.err and "Traceback" not in gone.err


async def test_the_publisher_speaks_tls_and_verifies(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    certificate = ca.issue_cert("nats.example.com")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    extra = f'tls {{ cert_file: "{tmp_path}/cert.pem", key_file: "{tmp_path}/key.pem" }}\n'
    server = NatsServer(tmp_path / "nats", extra=extra).start()
    plain = NatsServer(tmp_path / "plain").start()
    site = Site(LocalHost(), str(tmp_path))
    try:
        ok = {**server.settings(), "tls": {"ca": str(tmp_path / "ca.pem"), "hostname": "nats.example.com"}}
        done = await site.run(on_host(NatsSettings.model_validate(ok), Redactor(), "a", "Å".encode()))
        assert done.ok, done.err
        other = {**ok, "tls": {"ca": str(tmp_path / "ca.pem")}}
        done = await site.run(on_host(NatsSettings.model_validate(other), Redactor(), "a", b""))
        assert done.status == 2 and "certificate verify failed" in done.err
        done = await site.run(on_host(NatsSettings.model_validate({**ok, "url": plain.url}), Redactor(), "a", b""))
        assert done.status == 1 and "nothing was sent" in done.err
    finally:
        server.stop()
        plain.stop()


def test_python_3_8_understands_it_and_finds_all_that_it_imports() -> None:
    tree = ast.parse(Path(remote_publish.__file__).read_text(), feature_version=(3, 8))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert set(names) <= {"base64", "json", "socket", "ssl", "sys"}


class Peer:
    """A server that says these pieces one after the other, and keeps what it is told."""

    def __init__(self, *pieces: bytes) -> None:
        ours, self.theirs = socket.socketpair()
        self.theirs.sendall(b"".join(pieces))
        self.theirs.shutdown(socket.SHUT_WR)
        self.lines = Lines(ours)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (b"INFO {}\r\nPONG\r\n", ["INFO {}", "PONG"]),
        (b"\r\n", [""]),
        (b"a\nb\r\n", ["a\nb"]),
        (b"\xff\r\n", ["\ufffd"]),
    ],
)
def test_lines_are_told_apart_however_they_come(said: bytes, lines: list[str]) -> None:
    peer = Peer(said)
    assert [peer.lines.next() for _ in lines] == lines


@pytest.mark.parametrize("said", [b"", b"half a line", b"PONG\n"])
def test_a_server_that_ends_in_the_middle_is_a_lost_connection(said: bytes) -> None:
    with pytest.raises(OSError, match="closed"):
        Peer(said).lines.next()


def test_a_line_without_an_end_is_given_up() -> None:
    peer = Peer(b"x\r\n")
    peer.lines.rest = b"x" * (LONGEST_LINE + 1)
    with pytest.raises(OSError, match="closed"):
        peer.lines.next()
