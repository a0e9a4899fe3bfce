"""The reference pages are those of these models and this command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.workflow.cli.reference import pages

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("page", ["steps.md", "commands.md"])
def test_the_reference_is_current(page: str) -> None:
    assert (REFERENCE / page).read_text() == pages()[page], "stale: make docs writes it anew"


def test_every_page_that_the_index_names_is_there() -> None:
    import re

    docs = REFERENCE.parent
    for page in (docs / "README.md", docs / "tutorial.md", *docs.glob("howto/*.md"), docs / "explanation.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} names {target}"
