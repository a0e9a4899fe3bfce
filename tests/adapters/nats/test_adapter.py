"""The NATS adapter, against a real nats-server."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import nats.aio.client
import pytest
import trustme
from pydantic import ValidationError

from tests.adapters.fake_services import FakeServices
from tests.adapters.nats.jwt import JwtAuthority
from tests.adapters.nats_server import PASSWORD, USER, NatsServer, free_port
from titan_flow.adapters.effects import CommandResult, Message
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.nats.adapter import (
    Confirm,
    NatsSettings,
    Publish,
    Reachable,
    Replies,
    Request,
    connect,
    deliver,
)
from titan_flow.adapters.nats.client import Turned
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation


def at(settings: dict[str, Any]) -> Site:
    return Site(host=LocalHost(), directory="/", blocks={"nats": NatsSettings.model_validate(settings)})


class Listener:
    """What arrives on a subject, and answers it."""

    def __init__(self, client: nats.aio.client.Client) -> None:
        self.client = client
        self.heard = list[bytes]()

    @classmethod
    async def on(cls, server: NatsServer, subject: str, reply: bytes | None = None) -> Listener:
        client = nats.aio.client.Client()
        await client.connect(server.url, user=USER, password=PASSWORD)
        listener = cls(client)

        async def hear(message: Any) -> None:
            listener.heard.append(message.data)
            if reply is not None:
                await message.respond(reply)

        await client.subscribe(subject, cb=hear)  # pyright: ignore[reportUnknownMemberType]
        await client.flush()
        return listener

    async def close(self) -> list[bytes]:
        await self.client.flush()
        await self.client.close()
        return self.heard


async def test_reachable(site: Site) -> None:
    seen = await Reachable().look(site, None)
    assert seen.yes
    assert str(seen.evidence["version"]).startswith("2.")


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


async def test_publish_arrives(nats_server: NatsServer, site: Site) -> None:
    listener = await Listener.on(nats_server, "a.b")
    action = Publish(subject="a.b", payload={"type": "PING", "who": "Åsa"}, idempotent=True)
    done = await deliver(site, _message(action, site))
    assert done.ok
    judged = action.judged(done)
    assert judged is not None and judged.yes
    assert await listener.close() == ['{"type":"PING","who":"Åsa"}'.encode()]


def _message(action: Publish | Request, site: Site) -> Message:
    message = action.act(site, Observation(Answer.NO))
    assert isinstance(message, Message)
    return message


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


async def test_a_question_that_changes_nothing_is_a_check(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "asked", refuse=("forbidden",)).start()
    site = at(server.settings())
    try:
        listener = await Listener.on(server, "q", b'{"policy_hash": "ab"}')
        deaf = await Listener.on(server, "deaf")
        assert (await Replies(subject="q").look(site, None)).says == "q replied"
        assert (await Replies(subject="q", expect={"policy_hash": "ab"}).look(site, None)).yes
        other = await Replies(subject="q", expect={"policy_hash": "cd"}).look(site, None)
        assert (other.answer, other.evidence) == (Answer.NO, {"policy_hash": "ab"})
        nobody = await Replies(subject="nobody").look(site, None)
        assert (nobody.answer, nobody.says) == (Answer.NO, "nobody: no listener")
        late = await Replies(subject="deaf", reply_within=0.2).look(site, None)
        assert (late.answer, late.says) == (Answer.NO, "deaf: no reply within 0.2 s")
        refused = await Replies(subject="forbidden", reply_within=0.5).look(site, None)
        assert refused.answer is Answer.UNKNOWN and "permissions violation" in refused.says
        assert len(await listener.close()) == 3
        await deaf.close()
        server.stop()
        gone = await Replies(subject="q").look(at(server.settings()), None)
        assert gone.answer is Answer.NO and "connection refused" in gone.says
    finally:
        await site.close()
        server.stop()


async def test_request(nats_server: NatsServer, site: Site) -> None:
    listener = await Listener.on(nats_server, "q", b'{"policy_hash": "ab", "n": 1}')
    right = Request(subject="q", payload="", idempotent=True, expect={"policy_hash": "ab"})
    done = await deliver(site, _message(right, site))
    judged = right.judged(done)
    assert judged is not None and judged.yes
    assert judged.evidence == {"policy_hash": "ab"}
    wrong = Request(subject="q", payload="", idempotent=True, expect={"policy_hash": "cd"})
    judged = wrong.judged(done)
    assert judged is not None and judged.answer is Answer.NO
    assert "policy_hash is 'ab', not 'cd'" in judged.says
    await listener.close()


async def test_nobody_listens_and_nobody_answers(nats_server: NatsServer, site: Site) -> None:
    nobody = await deliver(site, Message("q", b"", reply_within=1))
    assert (nobody.ok, nobody.err) == (False, "q: no listener")
    listener = await Listener.on(nats_server, "q")
    silent = await deliver(site, Message("q", b"", reply_within=0.1))
    assert (silent.ok, silent.err) == (False, "q: no reply within 0.1 s")
    await listener.close()
    refused = await deliver(site, Message("forbidden", b"", reply_within=0.2))
    assert "ermissions" in refused.err


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "has no k"),
        ('{"k": true}', "k is True, not 1"),
    ],
)
def test_replies_to_distrust(reply: str, said: str) -> None:
    judged = Request(subject="q", idempotent=True, expect={"k": 1}).judged(CommandResult(0, reply))
    assert judged is not None and judged.answer is Answer.NO
    assert said in judged.says


def test_a_long_value_is_cut_in_the_evidence() -> None:
    judged = Request(subject="q", idempotent=True, expect={"k": 1}).judged(
        CommandResult(0, '{"k": "' + "x" * 9999 + '"}')
    )
    assert judged is not None
    assert len(str(judged.evidence["k"])) < 400
    assert len(judged.says) < 400


async def test_a_confirmation_is_a_line_newer_than_the_sending(site: Site, services: FakeServices) -> None:
    services.start("brain", "reloaded: last week")
    action = Publish(subject="a", confirm=Confirm.model_validate({"service": "brain", "pattern": "^reloaded"}))
    before = await action.look(site, None)
    assert before.answer is Answer.NO
    assert (await action.look(site, before.mark)).answer is Answer.NO
    services.write("brain", "reloaded: now")
    seen = await action.look(site, before.mark)
    assert seen.yes
    assert seen.evidence["line"] == "reloaded: now"


async def test_a_confirmation_from_a_new_instance_counts_and_a_gap_is_unknown(
    site: Site, services: FakeServices
) -> None:
    services.start("brain")
    action = Publish(subject="a", confirm=Confirm.model_validate({"service": "brain", "pattern": "^reloaded"}))
    before = await action.look(site, None)
    services.gaps = True
    assert (await action.look(site, before.mark)).answer is Answer.UNKNOWN
    services.start("brain", "reloaded")
    assert (await action.look(site, before.mark)).yes
    services.stop("brain")
    seen = await action.look(site, before.mark)
    assert seen.answer is Answer.NO and "does not run (exit 0)" in seen.says


@pytest.mark.parametrize(
    "subject", ["", "a b", "a..b", ".a", "a.", "a.*", ">", "a.>", "a\tb", "a\r\nPUB b 0", "a\x00b", "a" * 256]
)
def test_bad_subjects(subject: str) -> None:
    with pytest.raises(ValidationError):
        Publish(subject=subject, idempotent=True)


def test_how_it_is_known_to_be_done_has_to_be_said() -> None:
    with pytest.raises(ValidationError, match="say how it is known to be done"):
        Publish(subject="a")
    with pytest.raises(ValidationError, match="say how it is known to be done"):
        Publish(subject="a", confirm=Confirm.model_validate({"service": "s", "pattern": "x"}), idempotent=True)
    with pytest.raises(ValidationError, match="not a regular expression"):
        Publish(subject="a", confirm=Confirm.model_validate({"service": "s", "pattern": "("}))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "nats://user:pw@example.com"}, "do not put credentials in a URL; use user and password"),
        ({"url": "http://example.com"}, "not a NATS server"),
        ({"url": "nats://"}, "not a NATS server"),
        ({"url": "nats://example.com:99999"}, "not a URL"),
        ({"url": "nats://example.com/x"}, "not a NATS server"),
        ({"url": "nats://h", "user": "u"}, "user and password come together"),
        ({"url": "nats://h", "user": "u", "password": "p"}, "a secret does not stand in a spec"),
        (
            {"url": "nats://h", "user": "u", "password": {"env": "P"}, "creds": "f"},
            "either user and password, or creds",
        ),
        ({"url": "nats://h", "tls": {"cert": "c"}}, "cert and key come together"),
        ({"url": "nats://h", "via": "pigeon"}, "'direct' or 'host'"),
    ],
)
def test_bad_settings(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        NatsSettings.model_validate(settings)


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


def test_ssl_is_verified() -> None:
    context = NatsSettings.model_validate({"url": "tls://example.com"}).context()
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
