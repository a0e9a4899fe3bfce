"""Whole numbers in text that a host or a server sent."""

from __future__ import annotations

import re

_COUNT = re.compile(r"[0-9]{1,18}")


def is_count(text: str) -> bool:
    """Whether `int` takes it, as a number of seconds, bytes or rows. `str.isdigit` is true of `²` too, and of a
    million digits.
    """
    return _COUNT.fullmatch(text) is not None
