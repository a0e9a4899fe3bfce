"""A host that reaches its git server through a proxy, which its login or git's own configuration names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from titan_flow.adapters.effects import Command
from titan_flow.adapters.git.argv import QUIET
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

ASKED = Command(("git", "ls-remote", "http://git.invalid/shop.git"), env=QUIET)
NAMES = [name for one in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (one, one.upper())]


class Proxy:
    """A real HTTP proxy that knows one repository."""

    def __init__(self) -> None:
        self.asked = list[str]()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode().splitlines()[0])
        body = b"4f1c2aa94f1c2aa94f1c2aa94f1c2aa94f1c2aa9\trefs/heads/main\n"
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    made = Proxy()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return Site(LocalHost(), str(tmp_path))


async def test_the_proxy_of_the_login_is_used(site: Site, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    done = await site.run(ASKED)
    assert done.out.endswith("refs/heads/main\n"), done
    assert proxy.asked[0].startswith("GET http://git.invalid/shop.git/info/refs")


async def test_the_proxy_of_gits_own_configuration_is_used(site: Site, proxy: Proxy, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text(f"[http]\n\tproxy = http://127.0.0.1:{proxy.port}\n")
    done = await site.run(ASKED)
    assert done.out.endswith("refs/heads/main\n"), done


async def test_without_one_the_reason_is_the_name_that_is_not_known(site: Site) -> None:
    done = await site.run(ASKED)
    assert not done.ok and "git.invalid" in done.reason()
