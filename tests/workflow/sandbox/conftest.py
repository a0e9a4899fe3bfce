"""Sandboxes for the tests of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.sandbox import processes


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One sandbox for all tests that leave it standing; a space in its path, as people have them."""
    made = tmp_path_factory.mktemp("a sandbox") / "dir"
    sandbox.up(made)
    try:
        yield made
    finally:
        sandbox.down(made)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    """Where a test makes its own; ended, come what may."""
    yield tmp_path / "dir"
    processes.end(tmp_path / "dir")
