"""The scene of the runbook: built once, and put back into order for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.droplet.titan.scene import Titan


@pytest.fixture(scope="package")
def standing_titan(can_carry_droplets: None) -> Iterator[Titan]:
    """Built once; use `titan`."""
    made = Titan()
    try:
        yield made
    finally:
        made.down()


@pytest.fixture
def titan(standing_titan: Titan) -> Titan:
    """Release v1 runs, healthy and armed; it is main's tip and what `latest` names."""
    standing_titan.reset()
    return standing_titan
