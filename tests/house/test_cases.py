"""The table of cases that failed once: each names the tests that hold the right answer, and they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (F\d+[a-z]?) \| .* \| (.*) \|$", (ROOT / "docs/reliability.md").read_text(), re.MULTILINE)


def exists(named: str) -> bool:
    """A folder of `tests/droplet/cases`, a test of a file, or an entry of a file of projects."""
    path, _, name = named.partition("::")
    if not name:
        return (ROOT / path / "case.yaml").is_file()
    text = (ROOT / path).read_text()
    return (
        re.search(rf"^(async )?def {name}\(" if path.endswith(".py") else rf"^{name}:", text, re.MULTILINE) is not None
    )


@pytest.mark.parametrize(("label", "tests"), ROWS, ids=[label for label, _ in ROWS])
def test_a_case_is_held_by_tests_that_exist(label: str, tests: str) -> None:
    names = re.findall(r"`([^`]+)`", tests)
    assert names and [name for name in names if not exists(name)] == []


def test_no_case_is_named_twice_and_none_is_lost() -> None:
    labels = [label for label, _ in ROWS]
    assert len(labels) == len({*labels}) == 31


@pytest.mark.parametrize("named", ["tests/droplet/cases/none", "tests/house/test_cases.py::test_of_nothing"])
def test_what_does_not_exist_is_found_out(named: str) -> None:
    assert not exists(named)
