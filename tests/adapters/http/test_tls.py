"""TLS: one context per CA file, and which refused certificates waiting may still change."""

from __future__ import annotations

import ssl
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.adapters.http.front import Front, handler
from tests.http_server import served
from titan_flow.adapters.http.adapter import Ok
from titan_flow.adapters.http.tls import context
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

NOW = datetime.now(UTC)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))


@pytest.fixture
def ca(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return made


@contextmanager
def serving(tls: ssl.SSLContext) -> Generator[str]:
    front = Front()
    with served(handler(front), tls) as port:
        yield f"https://localhost:{port}/"


def test_a_ca_file_is_read_once(site: Site, ca: trustme.CA, tmp_path: Path) -> None:
    file = str(tmp_path / "ca.pem")
    assert context(site, file) is context(site, file)
    assert context(site, file) is not context(site, None)


async def test_an_expired_certificate_is_final(site: Site, ca: trustme.CA, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old = ca.issue_cert("localhost", not_before=NOW - timedelta(days=9), not_after=NOW - timedelta(days=1))
    old.configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]
    with serving(tls) as url:
        seen = await Ok(url=url, ca=str(tmp_path / "ca.pem")).look(site, None)
    assert "expired" in seen.says and seen.final


async def test_one_that_is_not_valid_yet_is_waited_for(site: Site, ca: trustme.CA, tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    early = ca.issue_cert("localhost", not_before=NOW + timedelta(days=1), not_after=NOW + timedelta(days=9))
    early.configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]
    with serving(tls) as url:
        seen = await Ok(url=url, ca=str(tmp_path / "ca.pem")).look(site, None)
    assert "not yet valid" in seen.says and not seen.yes and not seen.final


async def test_a_proxy_that_has_only_its_own_certificate_so_far_is_waited_for(site: Site, tmp_path: Path) -> None:
    proxy, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    both = tmp_path / "own.pem"
    both.write_bytes(proxy.cert_pem.bytes() + proxy.private_key_pem.bytes())
    tls.load_cert_chain(both)
    with serving(tls) as url:
        seen = await Ok(url=url).look(site, None)
    assert "self-signed" in seen.says and not seen.yes and not seen.final
