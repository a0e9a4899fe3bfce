"""Fixtures of the adapters' tests."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.adapters.fake_services import FakeServices
from tests.adapters.nats_server import NatsServer
from tests.adapters.transport.sshd import SSHD, Sshd
from tests.offers import offering
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost


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
    here = Site(host=LocalHost(), directory=str(tmp_path), blocks=blocks, offers=offering({Services: services}))
    yield here
    await here.close()


SHELLS = {
    "dash": ("dash", "-s"),
    "busybox": ("busybox", "sh", "-s"),
    "bash": ("bash", "--posix", "-s"),
}


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    argv = SHELLS[request.param]
    if shutil.which(argv[0]) is None:
        pytest.skip(f"there is no {argv[0]} here")
    return argv


@pytest.fixture
async def host() -> AsyncIterator[LocalHost]:
    host = LocalHost()
    yield host
    await host.close()


@pytest.fixture
async def another() -> AsyncIterator[Callable[..., LocalHost]]:
    """Makes hosts that are closed when the test ends."""
    made = list[LocalHost]()

    def make(*shell: str) -> LocalHost:
        made.append(LocalHost(shell or ("sh", "-s")))
        return made[-1]

    yield make
    for host in made:
        await host.close()


@pytest.fixture
async def guard(host: LocalHost, tmp_path: Path) -> Guard:
    guard = Guard(host, str(tmp_path))
    await guard.identify()
    return guard


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    if SSHD is None:
        pytest.skip("there is no sshd here: apt-get install openssh-server")
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def far(sshd: Sshd) -> AsyncIterator[SshHost]:
    host = SshHost(sshd.name, sshd.options())
    yield host
    await host.close()
