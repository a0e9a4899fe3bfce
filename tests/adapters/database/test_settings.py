"""The `database:` block: what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from titan_flow.adapters.database.settings import Database
from titan_flow.states.values import Json


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"service": "db"},
        {"service": "db", "folder": "backups"},
        {"service": "db", "folder": "/var/../etc"},
        {"service": "db", "folder": "/var/$(id)"},
        {"service": "db", "folder": "/b", "name": "titan; drop"},
        {"service": "db", "folder": "/b", "user": "a'b"},
        {"service": "db", "folder": "/b", "dump": ["x"]},
    ],
)
def test_settings_that_are_refused(bad: Mapping[str, Json]) -> None:
    with pytest.raises(ValidationError):
        Database.model_validate(bad)


def test_a_command_for_each_way_is_another_kind_of_database() -> None:
    both = Database.model_validate({"service": "db", "folder": "/b", "dump": ["d"], "restore": ["r", "{file}"]})
    assert both.path("x.sql") == "/b/x.sql"
    assert both.connection == ("127.0.0.1", "", ""), "the container's own environment says the rest"


def test_a_folder_of_backups_is_roots_unless_it_is_said() -> None:
    assert Database.model_validate({"service": "db", "folder": "/b"}).sudo
