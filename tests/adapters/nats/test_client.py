"""This process's connection to a real nats-server: refused, silent, lost, without TLS, through the host."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.adapters.nats.jwt import JwtAuthority
from tests.adapters.nats.listener import Listener, at
from tests.adapters.nats_server import PASSWORD, USER, NatsServer, free_port
from titan_flow.adapters.effects import Message
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.nats.adapter import (
    NatsSettings,
    Reachable,
    connect,
    deliver,
)
from titan_flow.adapters.nats.client import Turned
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer


async def test_a_closed_port_is_a_no_and_silence_is_not(nats_server: NatsServer, site: Site) -> None:
    closed = at({"url": f"nats://127.0.0.1:{free_port()}"})
    seen = await Reachable().look(closed, None)
    assert seen.answer is Answer.NO
    assert "connection refused" in seen.says
    nats_server.pause()
    with pytest.raises(Unreachable, match="no answer within 2 s"):
        await Reachable().look(site, None)


async def test_wrong_password_says_so_and_does_not_say_it(nats_server: NatsServer, monkeypatch: Any) -> None:
    settings = nats_server.settings()
    monkeypatch.setenv("NATS_PASSWORD", "not-the-password")
    site = at(settings)
    seen = await Reachable().look(site, None)
    assert seen.answer is Answer.NO
    assert "not accepted" in seen.says
    assert "not-the-password" not in repr(seen) + repr(site)
    with pytest.raises(Turned):
        await connect(site)


async def test_a_missing_password_is_words(nats_server: NatsServer, monkeypatch: Any) -> None:
    settings = nats_server.settings()
    monkeypatch.delenv("NATS_PASSWORD")
    with pytest.raises(Unreachable, match=r"\$NATS_PASSWORD is not set here; export NATS_PASSWORD"):
        await connect(at(settings))


async def test_what_is_no_nats_server() -> None:
    async def nonsense(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.com\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(Unreachable, match="empty response"):
        await connect(at({"url": f"nats://127.0.0.1:{port}"}))
    server.close()


async def test_a_publish_that_is_not_permitted_is_not_a_success(site: Site) -> None:
    done = await deliver(site, Message("forbidden", b"x"))
    assert not done.ok
    assert "permissions violation" in done.err.lower()
    assert (await deliver(site, Message("permitted", b"x"))).ok


async def test_a_message_too_large(site: Site) -> None:
    done = await deliver(site, Message("a", b"x" * 2_000_000))
    assert not done.ok
    assert "2000000 bytes are more than the server takes" in done.err
    assert not (await deliver(site, Message("a", b"x" * 2_000_000, reply_within=1))).ok


async def test_a_lost_server_is_unreachable_and_the_next_sending_connects_anew(
    nats_server: NatsServer, site: Site
) -> None:
    assert (await deliver(site, Message("a", b"1"))).ok
    nats_server.stop()
    with pytest.raises(Unreachable):
        await deliver(site, Message("a", b"2"))
    with pytest.raises(Unreachable, match="connection refused"):
        await deliver(site, Message("a", b"3"))
    nats_server.start()
    assert (await deliver(site, Message("a", b"4"))).ok


async def test_a_server_that_falls_silent_may_have_got_it(nats_server: NatsServer, site: Site) -> None:
    assert (await deliver(site, Message("a", b"1"))).ok
    nats_server.pause()
    with pytest.raises(Unreachable, match="whether it arrived is not known"):
        await deliver(site, Message("a", b"2"), flushed_within=0.3)


async def test_nothing_but_our_line_on_stderr_when_the_server_dies(nats_server: NatsServer) -> None:
    program = f"""
import asyncio, os, signal
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.effects import Message
from titan_flow.adapters.nats.client import deliver
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.site import Site
async def main():
    site = Site(LocalHost(), "/", {{"nats": NatsSettings.model_validate({nats_server.settings()!r})}})
    await deliver(site, Message("a", b"1"))
    os.kill({nats_server.process.pid if nats_server.process else 0}, signal.SIGKILL)
    for _ in range(3):
        try:
            await deliver(site, Message("a", b"2"))
        except Unreachable as lost:
            print(lost)
    await site.close()
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, env=os.environ)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 3


async def test_nobody_listens_and_nobody_answers(nats_server: NatsServer, site: Site) -> None:
    nobody = await deliver(site, Message("q", b"", reply_within=1))
    assert (nobody.ok, nobody.err) == (False, "q: no listener")
    listener = await Listener.on(nats_server, "q")
    silent = await deliver(site, Message("q", b"", reply_within=0.1))
    assert (silent.ok, silent.err) == (False, "q: no reply within 0.1 s")
    await listener.close()
    refused = await deliver(site, Message("forbidden", b"", reply_within=1))
    assert "ermissions" in refused.err


@pytest.fixture
def authority(tmp_path: Path) -> tuple[trustme.CA, str]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    certificate = ca.issue_cert("nats.example.com", "127.0.0.1")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    return ca, f'tls {{ cert_file: "{tmp_path}/cert.pem", key_file: "{tmp_path}/key.pem" }}\n'


async def test_tls(tmp_path: Path, authority: tuple[trustme.CA, str]) -> None:
    server = NatsServer(tmp_path / "tls", extra=authority[1]).start()
    try:
        settings = {**server.settings(), "tls": {"ca": str(tmp_path / "ca.pem")}}
        site = at(settings)
        assert (await Reachable().look(site, None)).yes
        await site.close()
        named = at({**settings, "tls": {"ca": str(tmp_path / "ca.pem"), "hostname": "other.example.com"}})
        assert "TLS" in (await Reachable().look(named, None)).says
        unknown_authority = at({**settings, "tls": {}})
        seen = await Reachable().look(unknown_authority, None)
        assert seen.answer is Answer.NO and "TLS" in seen.says
        with pytest.raises(Unreachable, match="cannot use /nowhere"):
            await connect(at({**settings, "tls": {"ca": "/nowhere"}}))
    finally:
        server.stop()


async def test_a_server_without_the_tls_that_was_asked_for_gets_nothing() -> None:
    """nats-py by itself sends the password in the clear to it."""
    told = bytearray()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"auth_required":true}\r\n')
        await writer.drain()
        while more := await reader.read(4096):
            told.extend(more)
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    os.environ["NATS_PASSWORD"] = PASSWORD
    who: dict[str, object] = {"user": USER, "password": {"env": "NATS_PASSWORD"}}
    asking: list[dict[str, object]] = [
        {"url": f"tls://127.0.0.1:{port}"},
        {"url": f"nats://127.0.0.1:{port}", "tls": {}},
    ]
    for asked in asking:
        site = at({**asked, **who})
        with pytest.raises(Turned, match="TLS was asked for"):
            await connect(site)
    server.close()
    assert bytes(told) == b""


async def test_through_the_host(nats_server: NatsServer) -> None:
    class Beyond(LocalHost):
        """A host that alone can reach `nats.internal`."""

        asked: tuple[str, int] | None = None

        async def forward(self, host: str, port: int) -> tuple[str, int]:
            self.asked = (host, port)
            return "127.0.0.1", nats_server.port

    host = Beyond()
    settings = NatsSettings.model_validate({**nats_server.settings(), "url": "nats://nats.internal", "via": "host"})
    site = Site(host=host, directory="/", blocks={"nats": settings})
    assert (await Reachable().look(site, None)).yes
    assert host.asked == ("nats.internal", 4222)
    await site.close()


async def test_a_creds_file_is_kept_private(nats_server: NatsServer, tmp_path: Path) -> None:
    creds = tmp_path / "operator.creds"
    creds.write_text("-----BEGIN NATS USER JWT-----\n")
    creds.chmod(0o644)
    with pytest.raises(Unreachable, match=r"open to others .*chmod 600"):
        await connect(at({"url": nats_server.url, "creds": str(creds)}))
    creds.chmod(0o600)
    with pytest.raises(Unreachable, match=r"NATS nats://127\.0\.0\.1"):
        await connect(at({"url": nats_server.url, "creds": str(creds)}))


async def test_a_creds_file_opens_a_server_with_jwt_accounts(tmp_path: Path) -> None:
    authority = JwtAuthority()
    server = NatsServer(tmp_path / "jwt", who=authority.configuration()).start()
    creds = tmp_path / "operator.creds"
    creds.touch(0o600)
    creds.write_text(authority.creds())
    site = at({"url": server.url, "creds": str(creds)})
    try:
        assert (await Reachable().look(site, None)).yes
        assert (await deliver(site, Message("a", b"1"))).ok
        await site.close()
        stranger = JwtAuthority().creds()
        creds.write_text(stranger)
        seen = await Reachable().look(site, None)
        assert seen.answer is Answer.NO and "not accepted" in seen.says
    finally:
        server.stop()
