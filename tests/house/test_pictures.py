"""The pictures in the documentation are those that the commands make."""

from __future__ import annotations

from pathlib import Path

from titan_flow.states.draw.formats import svg
from titan_flow.workflow.specfile.load import load

ROOT = Path(__file__).parents[2]


def test_the_runbooks_picture_is_the_runbook() -> None:
    drawn = svg(load(str(ROOT / "specs" / "titan.yaml")).flow) + "\n"
    assert (ROOT / "docs" / "pictures" / "titan.svg").read_text() == drawn, "run: make docs"


def test_every_picture_is_shown_somewhere() -> None:
    pages = "".join(page.read_text() for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert f"pictures/{picture.name})" in pages
