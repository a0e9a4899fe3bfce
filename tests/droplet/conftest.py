"""Fixtures of the real thing. Everything here is collected everywhere, and skipped, saying why, where it cannot run."""

from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.droplet import leftovers, parts
from tests.droplet.machine import Droplet
from tests.droplet.production import Production

GROUPS = {"test_compose_adapter.py": ("adapter",), "test_compose_cases.py": ("cases1", "cases2")}
"""The long files: on workers and droplets of their own, so that no chain of tests is waited for at the end."""


def pytest_itemcollected(item: pytest.Item) -> None:
    item.add_marker("droplet")
    if item.config.pluginmanager.hasplugin("xdist"):  # one scene, one worker: its health checks cost, also unused
        item.add_marker(pytest.mark.xdist_group(group(item)))


def group(item: pytest.Item) -> str:
    """A test stays in its group, whichever others are selected."""
    names = GROUPS.get(item.path.name, (item.path.parent.name,))
    return names[crc32(item.name.encode()) % len(names)]


@pytest.fixture(scope="session")
def can_carry_droplets() -> None:
    """Skips where this machine cannot; fails instead where they are required (CI)."""
    if reason := parts.lacking():
        if parts.required():
            pytest.fail(f"{parts.REQUIRED}=required, but {reason}", pytrace=False)
        pytest.skip(reason)
    leftovers.sweep()


@pytest.fixture
def droplet(can_carry_droplets: None) -> Iterator[Droplet]:
    """A bare droplet of the test's own: sshd and an engine without images."""
    own = Droplet()
    own.up()
    try:
        yield own
    finally:
        own.down()


@pytest.fixture(scope="package")
def standing_production(can_carry_droplets: None) -> Iterator[Production]:
    """Built once; use `production`."""
    made = Production()
    try:
        yield made
    finally:
        made.down()


@pytest.fixture
def production(standing_production: Production) -> Production:
    """Release v1 deployed and healthy, all wires whole, nothing pulled yet."""
    standing_production.reset()
    return standing_production
