"""Armed and watched, against the worst that a peer can do: it ends rolled back or parked disarmed. Real sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adapters.fake_services import FakeServices
from tests.offers import offering
from tests.workflow.armory import ADAPTERS, STARTED, WORLD, MemoryGuard, NoHost, Tape, World, flow, survey
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.offers import InterlockSurvey
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states import events as e
from titan_flow.states.model import Flow, Patience, Step
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Json, Outcome
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive

pytestmark = pytest.mark.slow
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PATIENCE = Patience(timeout=1.5, within=0.2, attempts=1, wait_min=0.01, wait_max=0.01)
LONGEST = 60.0
"""seconds after which a driver counts as dead"""
OK = b"HTTP/1.1 200 OK\r\n"
INFO = b'INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"headers":true}\r\n'


async def forever(writer: asyncio.StreamWriter, piece: bytes, pause: float = 0.0) -> None:
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(pause)


def http(head: bytes, then: bytes = b"", endless: bool = False, pause: float = 0.0) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + (b"" if endless else then))
        await writer.drain()
        if endless:
            await forever(writer, then, pause)

    return serve


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(LONGEST)


async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    return


def nats(greeting: bytes, after_request: bytes = b"") -> Serve:
    """Takes the connection as a server does; what comes after the request is sent for ever."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
            if line.startswith((b"PUB", b"HPUB")) and after_request:
                await forever(writer, after_request)

    return serve


def nats_endless(piece: bytes) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await forever(writer, piece)

    return serve


BIG = os.urandom(65536).replace(b"\r", b"x").replace(b"\n", b"x")
HTTP: dict[str, Serve] = {
    "http: an endless body": http(OK + b"\r\n", b"x" * 65536, endless=True),
    "http: a body that drips": http(OK + b"content-length: 1000000\r\n\r\n", b"x", endless=True, pause=0.05),
    "http: headers that drip": http(OK, b"x: y\r\n", endless=True, pause=0.05),
    "http: headers without end": http(OK, b"x-y: " + b"z" * 8192 + b"\r\n", endless=True),
    "http: one header of megabytes": http(OK + b"x: ", b"y" * 65536, endless=True),
    "http: a ring of redirects": http(b"HTTP/1.1 302 Found\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n"),
    "http: redirects with endless bodies": http(
        b"HTTP/1.1 302 Found\r\nlocation: /again\r\n\r\n", b"x" * 65536, endless=True
    ),
    "http: a redirect to nonsense": http(b"HTTP/1.1 302 Found\r\nlocation: gopher://[::\r\n\r\n"),
    "http: interim answers without end": http(b"", b"HTTP/1.1 100 Continue\r\n\r\n", endless=True),
    "http: bytes that are not UTF-8": http(OK + b"content-length: 65536\r\n\r\n", BIG),
    "http: no HTTP at all": http(b"", BIG, endless=True),
    "http: a chunk of impossible size": http(OK + b"transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n", b"x"),
    "http: never an answer": silent,
    "http: hangs up": gone,
}
NATS: dict[str, Serve] = {
    "nats: a flood of replies": nats(INFO, b"MSG _INBOX.x 1 2\r\n{}\r\n" * 500),
    "nats: a reply of terabytes": nats(INFO, b"MSG a 1 999999999999\r\n" + b"x" * 65536),
    "nats: a line without end": nats(INFO, b"x" * 65536),
    "nats: pings without end": nats(INFO, b"PING\r\n" * 1000),
    "nats: a greeting without end": nats_endless(b"INFO {" + b"x" * 65536),
    "nats: bytes that are not UTF-8": nats_endless(BIG),
    "nats: a greeting that is no JSON": nats(b"INFO {{{\r\n"),
    "nats: never an answer": silent,
    "nats: hangs up": gone,
}
LINES: dict[str, tuple[str, str]] = {
    "log: a line on which the pattern explodes": (r"^(a|aa)+$", "a" * 200 + "b"),
    "log: one that explodes with groups": (r"(.*a){25}b", "a" * 4000),
    "log: one of many megabytes": (r"\s+$", " " * 20_000_000 + "x"),
    "log: bytes that are not UTF-8": ("READY", "\udcff\udcfe" * 1000),
}
SHELLS: dict[str, str] = {
    "host: output without end": "exec yes",
    "host: errors without end": "exec yes >&2",
    "host: one line without end": "exec cat /dev/zero",
    "host: never an answer": "exec sleep 60",
    "host: hangs up": "exit 1",
}


@pytest.fixture(autouse=True)
def world() -> Iterator[None]:
    vars(WORLD).update(vars(World()))
    yield
    vars(WORLD).update(vars(World()))


def watched(use: str, **args: Json) -> Flow:
    """The small runbook, whose watch also asks a peer."""
    one = flow(watch=0.01)
    armed = one.states["Armed"]
    assert armed.watch is not None
    watch = replace(armed.watch, checks=(Step("Armed/1", use, args),), patience=PATIENCE)
    return replace(one, states={**one.states, "Armed": replace(armed, watch=watch)})


async def driven(of: Flow, site: Site) -> tuple[Run, Tape]:
    tape = Tape(STARTED)
    context = RunContext(of, site, MemoryGuard(), Registry(ADAPTERS.adapter("lock"), group=""))  # type: ignore[arg-type]

    async def record(event: e.Event) -> Run:
        tape.say(event)
        return fold(tape)

    async with asyncio.timeout(LONGEST):
        return await drive(of, fold(tape), context, record), tape


def judge(run: Run, tape: Tape) -> None:
    """It was armed and watched, and is neither now."""
    assert tape.all(e.WatchLooked), "it was watched"
    assert "arm" in WORLD.sent and WORLD.sent[-1] == "disarm" and not WORLD.armed
    parked = run.parked is not None and run.parked.why == "unknown"
    assert run.outcome is Outcome.ROLLED_BACK or parked, run.outcome


def made(host: Host | None = None, services: FakeServices | None = None, **blocks: NatsSettings) -> Site:
    offers = {InterlockSurvey: survey, **({Services: services} if services is not None else {})}
    return Site(host or NoHost(), "/", dict(blocks), Gateway(), offers=offering(offers))  # type: ignore[arg-type]


async def against(serve: Serve, of: Callable[[int], tuple[Flow, Site]]) -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    shape, site = of(port)
    try:
        judge(*await driven(shape, site))
    finally:
        await site.close()
        server.close()


@pytest.mark.parametrize("peer", HTTP)
async def test_a_web_server(peer: str) -> None:
    def of(port: int) -> tuple[Flow, Site]:
        url = f"http://127.0.0.1:{port}/"
        return watched("http.ok", url=url, timeout="700ms", redirects=True, contains="all is well"), made()

    await against(HTTP[peer], of)


@pytest.mark.parametrize("peer", NATS)
async def test_a_message_server(peer: str) -> None:
    def of(port: int) -> tuple[Flow, Site]:
        settings = NatsSettings.model_validate({"url": f"nats://127.0.0.1:{port}"})
        return watched("nats.replies", subject="a", reply_within="500ms", expect={"ok": True}), made(nats=settings)

    await against(NATS[peer], of)


@pytest.mark.parametrize("peer", LINES)
async def test_a_service_that_logs(peer: str, tmp_path: Path) -> None:
    pattern, line = LINES[peer]
    services = FakeServices(tmp_path / "logs")
    services.start("brain")
    (tmp_path / "logs" / "brain").exists()
    services._file("brain").write_bytes(line.encode(errors="surrogateescape") + b"\n")  # pyright: ignore[reportPrivateUsage]
    site = made(LocalHost(), services)
    try:
        judge(*await driven(watched("logs.shows", service="brain", pattern=pattern), site))
    finally:
        await site.close()


@pytest.mark.parametrize("peer", SHELLS)
async def test_a_host(peer: str) -> None:
    site = made(LocalHost(("dash", "-c", SHELLS[peer])))
    try:
        judge(*await driven(watched("file.protected", path="/etc/passwd", owner="root", mode="0644"), site))
    finally:
        await site.close()


def test_they_are_counted(record_property: Callable[[str, object], None]) -> None:
    count = sum(map(len, (HTTP, NATS, LINES, SHELLS)))
    record_property("counted", f"hostile peers while armed and watched: {count}, each rolled back or parked disarmed")
