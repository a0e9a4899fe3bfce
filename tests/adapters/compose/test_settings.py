"""The `compose:` block: what is refused, and what it calls things."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from tests.adapters.compose.titan import TITAN
from titan_flow.adapters.compose.settings import Compose, plain
from titan_flow.states.values import Json


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"file": "x.yml", "context": "-x"},
        {"file": []},
        {"file": ""},
        {"file": "-f"},
        {"file": "x.yml", "project": "-p"},
        {"file": "x.yml", "project": "Titan"},
        {"file": "x.yml", "services": ["--help"]},
        {"file": "x.yml", "profiles": ["-x"]},
        {"file": "x.yml", "env": "x"},
    ],
)
def test_settings_that_are_refused(bad: Mapping[str, Json]) -> None:
    with pytest.raises(ValidationError):
        Compose.model_validate(bad)


@pytest.mark.parametrize(
    ("name", "is_"), [("titan-brain", "titan-brain"), ("App_1.x", "app-1-x"), ("--", "x"), ("Ümlaut", "mlaut")]
)
def test_a_name_as_a_part_of_a_repository(name: str, is_: str) -> None:
    assert plain(name) == is_
    assert TITAN.keeps("/opt/Titan/") == TITAN.keeps("/opt/Titan") == "titan-flow/keep/titan-fbc210ef"
    assert TITAN.keeps("/srv/staging/titan") != TITAN.keeps("/srv/prod/titan")


@pytest.mark.parametrize(
    ("file", "folder", "variables"),
    [
        ("x.yml", ".", [".env"]),
        ("stack/x.yml", "stack", [".env", "stack/.env"]),
        ("/srv/x.yml", "/srv", [".env", "/srv/.env"]),
        ("../x.yml", "..", [".env", "../.env"]),
    ],
)
def test_where_compose_looks_for_its_variables(file: str, folder: str, variables: list[str]) -> None:
    settings = Compose.model_validate({"file": file})
    assert (settings.folder, settings.variables) == (folder, variables)
