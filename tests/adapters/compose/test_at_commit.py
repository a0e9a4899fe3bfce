"""The project as another commit would configure it."""

from __future__ import annotations

import pytest

from titan_flow.adapters.compose.at_commit import outside


@pytest.mark.parametrize(("path", "is_"), [("a.yml", False), ("a/b", False), ("/a", True), ("../a", True), ("a/../b", True)])  # fmt: skip  # noqa: E501
def test_what_may_lie_outside_of_the_checkout(path: str, is_: bool) -> None:
    assert outside(path) is is_
