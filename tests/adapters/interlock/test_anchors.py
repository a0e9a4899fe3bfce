"""Which patterns only match at the beginning of a line."""

from __future__ import annotations

import pytest

from titan_flow.adapters.interlock.anchors import anchored


@pytest.mark.parametrize(
    ("pattern", "is_anchored"),
    [
        ("^a", True),
        (r"\Aa", True),
        ("^a|^b", True),
        ("^(a|b)", True),
        ("(^a|^b)c", True),
        ("(?:^a|(?P<x>^b))", True),
        ("(?i)^a", True),
        ("(?i:^a)", True),
        (r"^a[|(]b\|c", True),
        ("a", False),
        ("^a|b", False),
        ("(^a|b)", False),
        ("(^a)?b", False),
        ("(?!^a)b", False),
        (r"\^a", False),
        ("[^a]", False),
        ("", False),
    ],
)
def test_anchored(pattern: str, is_anchored: bool) -> None:
    assert anchored(pattern) == is_anchored
