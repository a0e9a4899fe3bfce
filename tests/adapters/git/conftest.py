"""A checkout, with the origin that it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.checkout import Checkout


@pytest.fixture
def repo(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path)
