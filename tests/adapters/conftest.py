"""Fixtures of the adapters' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.adapters.fake_services import FakeServices
from tests.adapters.nats_server import NatsServer
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.services.lookup import Offered
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats", refuse=("forbidden",)).start()
    yield server
    server.stop()


@pytest.fixture
def services(tmp_path: Path) -> FakeServices:
    """Services whose instances a test declares, and whose logs are real files that it writes to."""
    return FakeServices(tmp_path / "logs")


@pytest.fixture
async def site(nats_server: NatsServer, services: FakeServices, tmp_path: Path) -> AsyncIterator[Site]:
    """This machine, with that nats-server and those services."""
    blocks = {"nats": NatsSettings.model_validate(nats_server.settings())}
    here = Site(host=LocalHost(), directory=str(tmp_path), blocks=blocks)
    here.kept(Offered, lambda: Offered(services))
    yield here
    await here.close()
