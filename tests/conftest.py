"""Fixtures that more than one room needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.workflow.rehearsal import Rehearsal


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A sandbox with short holds, one release armed in it; taken down with everything that it started."""
    from tests.workflow.rehearsal import Rehearsal
    from titan_flow.workflow import sandbox

    directory = tmp_path / "sandbox"
    sandbox.up(directory, steady="500ms", watch="1s")
    try:
        yield Rehearsal(directory, f"sqlite:///{tmp_path / 'journal.sqlite'}")
    finally:
        sandbox.down(directory)
