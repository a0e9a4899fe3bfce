"""What the tests of http share: a server, one with TLS, and a site."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.adapters.http.front import Front, Secured, handler
from tests.http_server import served
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost


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
