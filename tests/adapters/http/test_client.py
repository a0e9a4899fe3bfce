"""One bounded GET against real servers: TLS, redirects, silence, answers cut off, the way through the host."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from tests.adapters.http.front import Front, Secured, ok
from tests.adapters.nats_server import free_port
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.http.adapter import Ok
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer


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
