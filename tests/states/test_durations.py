"""Durations as people read them."""

from __future__ import annotations

import pytest

from titan_flow.states.durations import span


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"), (0.04, "0.0 s"), (2.1, "2.1 s"), (59.94, "59.9 s"), (59.96, "1 m"), (250, "4 m 10 s"),
        (3600, "1 h"), (3900, "1 h 5 m"), (176_400, "2 d 1 h"), (-3, "0.0 s"),
    ],
)  # fmt: skip
def test_spans(seconds: float, shown: str) -> None:
    assert span(seconds) == shown
