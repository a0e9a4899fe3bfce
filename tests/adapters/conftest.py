"""Fixtures of the adapters' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.adapters.fake_services import FakeServices
from tests.adapters.nats_server import NatsServer
from titan_flow.adapters.hosts.local import LocalHost
from titan_flow.adapters.nats_settings import NatsSettings
from titan_flow.adapters.site import Site


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats", refuse=("forbidden",)).start()
    yield server
    server.stop()


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """Services whose instances a test declares, and whose logs are real files that it writes to."""
    fake = FakeServices(tmp_path / "logs")

    def always(_site: Site) -> FakeServices:
        return fake

    monkeypatch.setattr("titan_flow.adapters.services.services", always)
    return fake


@pytest.fixture
async def site(nats_server: NatsServer, services: FakeServices, tmp_path: Path) -> AsyncIterator[Site]:
    """This machine, with that nats-server and those services."""
    blocks = {"nats": NatsSettings.model_validate(nats_server.settings())}
    here = Site(host=LocalHost(), directory=str(tmp_path), blocks=blocks)
    yield here
    await here.close()
