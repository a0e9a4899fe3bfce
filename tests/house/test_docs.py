"""Pages name tests as their evidence: each of them is there. The guide's example of an adapter runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from titan_flow.adapters.base import Adapter

ROOT = Path(__file__).parents[2]
PAGES = [page for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))] if "test_" in page.read_text()]
TESTS = {
    name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
}
FILES = {file.name for file in (ROOT / "tests").rglob("test_*.py")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    named = set(re.findall(r"\btest_\w+(?:\.py)?", page.read_text()))
    assert not {name for name in named if name not in (FILES if name.endswith(".py") else TESTS)}


def test_the_adapter_of_the_guide_is_one() -> None:
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs/howto/own-adapter.md").read_text(), re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(code[1], names)
    adapter = names["adapter"]
    assert isinstance(adapter, Adapter)
    assert [check.name for check in adapter.checks] == ["queue.drained"]
