"""What counts as a whole number of a host's."""

from __future__ import annotations

import pytest

from titan_flow.adapters.numerals import is_count


@pytest.mark.parametrize("text", ["0", "007", "9" * 18])
def test_it_is_a_number_that_int_takes(text: str) -> None:
    assert is_count(text) and int(text) >= 0


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", " 1", "1\n", "1_0", "²", "٣", "9" * 19, "9" * 5000])
def test_anything_else_is_none(text: str) -> None:
    assert not is_count(text)
