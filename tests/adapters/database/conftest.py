"""A database of two commands, and the site that it is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database.settings import Database
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

COMPOSE = Compose.model_validate({"file": "c.yml", "sudo": True})


@pytest.fixture
def settings(tmp_path: Path) -> Database:
    (tmp_path / "data").write_text("the present\n")
    return Database.model_validate(
        {
            "service": "db",
            "folder": str(tmp_path / "backups"),
            "sudo": False,
            "dump": ["cat", str(tmp_path / "data")],
            "restore": ["tee", str(tmp_path / "data")],
        }
    )


@pytest.fixture
def site(tmp_path: Path, settings: Database) -> Site:
    return Site(LocalHost(), str(tmp_path), {"database": settings, "compose": COMPOSE})
