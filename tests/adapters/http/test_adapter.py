"""http.ok against real servers, TLS included."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError

from tests.adapters.nats_server import free_port
from tests.http_server import QuietHandler, served
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.http.adapter import Ok
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer


@dataclass
class Front:
    """What it answers with; what it was asked."""

    port: int = 0
    status: int = 200
    body: bytes = b"all well"
    location: str | None = None
    asked: list[str] = field(default_factory=list[str])
    hosts: list[str | None] = field(default_factory=list[str | None])
    hold: threading.Event | None = None


def handler(front: Front) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            front.asked.append(self.path)
            front.hosts.append(self.headers["host"])
            if front.hold is not None:
                front.hold.wait(10)
            self.send_response(front.status)
            if front.location is not None:
                self.send_header("location", front.location)
            self.end_headers()
            self.wfile.write(front.body)

    return Handler


@pytest.fixture
def front() -> Iterator[Front]:
    front = Front()
    with served(handler(front)) as front.port:
        yield front
        if front.hold is not None:
            front.hold.set()


@pytest.fixture
def here(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))


def ok(front: Front, **more: object) -> Ok:
    return Ok.model_validate({"url": f"http://127.0.0.1:{front.port}/health", **more})


async def test_well(front: Front, here: Site) -> None:
    seen = await ok(front, contains="all").look(here, None)
    assert seen.yes
    assert seen.evidence == {"url": f"http://127.0.0.1:{front.port}/health", "status": 200, "bytes": 8, "cut": False}
    assert front.asked == ["/health"]


@pytest.mark.parametrize("status", [503, 500, 404, 301, 204])
async def test_another_status_is_a_no_with_the_body(front: Front, here: Site, status: int) -> None:
    front.status = status
    seen = await ok(front).look(here, None)
    assert seen.answer is Answer.NO and not seen.final
    assert seen.says.endswith(f": {status}")
    assert (await ok(front, status=status).look(here, None)).yes


async def test_the_body_is_bounded_masked_and_distrusted(front: Front, here: Site) -> None:
    here.redactor = Redactor(["hunter2hunter2"])
    front.body = b"\xff\xfe hunter2hunter2 " + b"x" * 1_000_000 + b"needle"
    seen = await ok(front, contains="needle").look(here, None)
    assert seen.answer is Answer.NO
    assert seen.evidence["cut"] is True
    assert len(str(seen.evidence["body"])) <= 200
    assert "hunter2" not in repr(seen)


async def test_redirects_only_where_asked(front: Front, here: Site) -> None:
    front.status, front.location = 302, "/elsewhere"
    assert (await ok(front).look(here, None)).says.endswith(": 302")
    assert front.asked == ["/health"]
    seen = await ok(front, redirects=True).look(here, None)
    assert "more than 5 redirects" in seen.says


async def test_a_closed_port_is_a_no(here: Site) -> None:
    seen = await Ok(url=f"http://127.0.0.1:{free_port()}/").look(here, None)
    assert seen.answer is Answer.NO and "connection refused" in seen.says and seen.evidence["fault"] == "refused"
    seen = await Ok(url=f"http://localhost:{free_port()}/").look(here, None)
    assert seen.answer is Answer.NO, "refused at every address of the name"


async def test_silence_and_unknown_names_are_not_a_no(front: Front, here: Site) -> None:
    front.hold = threading.Event()
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
        await ok(front, timeout="200ms").look(here, None)
    with pytest.raises(Unreachable):
        await Ok(url="http://no-such-host.invalid/").look(here, None)


async def test_a_slow_trickle_does_not_outlast_the_timeout(here: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b"x")
                        threading.Event().wait(0.02)
                except OSError:
                    return

        threading.Thread(target=trickle, daemon=True).start()
        with pytest.raises(Unreachable, match=r"no answer within 0\.3 s"):
            await Ok.model_validate({"url": f"http://127.0.0.1:{server.getsockname()[1]}/", "timeout": "300ms"}).look(
                here, None
            )


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", b"SSH-2.0-x\r\n"])
async def test_what_is_no_whole_answer(here: Site, answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

        threading.Thread(target=once, daemon=True).start()
        seen = await Ok(url=f"http://127.0.0.1:{server.getsockname()[1]}/").look(here, None)
        assert seen.answer is Answer.NO
        assert "cut off, or no HTTP" in seen.says or "reset" in seen.says


@dataclass
class Secured:
    front: Front
    ca: str


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = ca.issue_cert("localhost", "titan.example.com", not_after=datetime.now(UTC) + timedelta(days=10.5))
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    front = Front()
    with served(handler(front), context) as front.port:
        yield Secured(front, str(tmp_path / "ca.pem"))


async def test_tls_is_verified(secured: Secured, here: Site) -> None:
    url = f"https://localhost:{secured.front.port}/"
    assert (await Ok(url=url, ca=secured.ca).look(here, None)).yes
    seen = await Ok(url=url).look(here, None)
    assert seen.answer is Answer.NO and "certificate: " in seen.says
    seen = await Ok(url=url.replace("localhost", "127.0.0.1"), ca=secured.ca).look(here, None)
    assert seen.answer is Answer.NO and "IP address mismatch" in seen.says
    with pytest.raises(Unreachable, match="cannot use the CA file /nowhere"):
        await Ok(url=url, ca="/nowhere").look(here, None)


async def test_no_redirect_leads_out_of_tls(front: Front, secured: Secured, here: Site) -> None:
    secured.front.status, secured.front.location = 302, f"http://127.0.0.1:{front.port}/health"
    url = f"https://localhost:{secured.front.port}/"
    seen = await Ok(url=url, ca=secured.ca, redirects=True).look(here, None)
    assert seen.answer is Answer.NO and "from https to http" in seen.says
    assert front.asked == []


async def test_days_left(secured: Secured, here: Site) -> None:
    url = f"https://localhost:{secured.front.port}/"
    seen = await Ok(url=url, ca=secured.ca, valid_days=10).look(here, None)
    assert seen.yes and seen.evidence["valid_days"] == 10
    seen = await Ok(url=url, ca=secured.ca, valid_days=14).look(here, None)
    assert seen.answer is Answer.NO and "valid for 10 more days, not 14" in seen.says


async def test_plain_http_where_tls_is_expected(front: Front, here: Site) -> None:
    seen = await Ok(url=f"https://127.0.0.1:{front.port}/").look(here, None)
    assert seen.answer is Answer.NO and "TLS" in seen.says


class Beyond(LocalHost):
    """A host that alone can reach the service, by a way that may be cut."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.asked: list[tuple[str, int]] = []
        self.cut = False

    async def forward(self, host: str, port: int) -> tuple[str, int]:
        self.asked.append((host, port))
        return "127.0.0.1", self.port

    async def script(self, text: str, timeout: float, limit: int = 8_000_000) -> Said:
        if self.cut:
            raise Unreachable("beyond: connection lost")
        return await super().script(text, timeout, limit)


async def test_through_the_host_the_name_stays(front: Front, secured: Secured, tmp_path: Path) -> None:
    host = Beyond(front.port)
    site = Site(host, str(tmp_path))
    assert (await Ok.model_validate({"url": "http://brain.internal:3100/", "from": "host"}).look(site, None)).yes
    assert host.asked == [("brain.internal", 3100)]
    assert front.hosts == ["brain.internal:3100"]
    host.port = secured.front.port
    there = {"url": "https://titan.example.com/", "from": "host", "ca": secured.ca}
    assert (await Ok.model_validate(there).look(site, None)).yes
    assert host.asked[-1] == ("titan.example.com", 443)
    wrong = Ok.model_validate({**there, "url": "https://other.example.com/"})
    assert "Hostname mismatch" in (await wrong.look(site, None)).says


async def test_a_cut_way_to_the_host_is_not_the_services_fault(tmp_path: Path) -> None:
    host = Beyond(free_port())
    site = Site(host, str(tmp_path))
    check = Ok.model_validate({"url": "http://brain.internal/", "from": "host"})
    assert (await check.look(site, None)).answer is Answer.NO
    host.cut = True
    with pytest.raises(Unreachable, match="connection lost"):
        await check.look(site, None)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "example.com"}, "write it like https"),
        ({"url": "ftp://example.com"}, "write it like https"),
        ({"url": "http://"}, "write it like https"),
        ({"url": "http://h:99999"}, "not a URL"),
        ({"url": "http://[::1"}, "not a URL"),
        ({"url": "http://h/a b"}, "write it like https"),
        ({"url": "http://u:p@h/"}, "do not put credentials in a URL"),
        ({"status": 99}, "status"),
        ({"timeout": 5}, "not a duration"),
        ({"timeout": "2h"}, "timeout"),
        ({"valid_days": 14}, "valid_days needs an https"),
        ({"from": "moon"}, "from"),
        ({"from": "host", "redirects": True}, "only from here"),
    ],
)
def test_bad_arguments(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Ok.model_validate({"url": "http://example.com/", **wrong})


async def test_a_client_is_served_where_the_check_would_be_content(front: Front, here: Site) -> None:
    check = ok(front, contains="well", timeout="200ms")
    assert check.address == check.url and await check.probe(here)
    front.status = 503
    assert not await check.probe(here)
    front.status, front.hold = 200, threading.Event()
    assert not await check.probe(here), "no answer in time is none for a client"
    front.hold = None
    assert not await Ok(url=f"http://127.0.0.1:{free_port()}/").probe(here)
