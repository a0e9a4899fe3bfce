"""The pictures in the documentation are those that the commands make."""

from __future__ import annotations

from pathlib import Path

from tests.house.architecture import PICTURE, picture
from tests.specfiles import load
from titan_flow.states.draw.formats import svg

ROOT = Path(__file__).parents[2]


def test_the_runbooks_picture_is_the_runbook() -> None:
    drawn = svg(load(str(ROOT / "specs" / "titan.yaml")).flow) + "\n"
    assert (ROOT / "docs" / "pictures" / "titan.svg").read_text() == drawn, "run: make docs"


def test_the_picture_of_the_rooms_shows_the_import_contracts() -> None:
    assert PICTURE.read_text() == picture(), "run: make docs"


def test_every_picture_is_shown_somewhere() -> None:
    pages = "".join(page.read_text() for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    for shown in (ROOT / "docs" / "pictures").iterdir():
        assert f"pictures/{shown.name})" in pages
