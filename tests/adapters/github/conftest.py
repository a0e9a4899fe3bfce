"""A stand-in for GitHub, and a site that needs no host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.github.api import GitHub, github_api
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_api() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(LocalHost(), str(tmp_path))
