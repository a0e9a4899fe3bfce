"""Rows fit every terminal; where there is little room, reasons give way first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import Story, path
from titan_flow.workflow.display.layout import fitting
from titan_flow.workflow.display.terminal import width


@pytest.mark.parametrize(
    "told", [stories.holding, stories.reached, stories.failing, stories.rolled_back, stories.halted, stories.parked]
)
@pytest.mark.parametrize("columns", [60, 61, 80, 96, 120, 200])
def test_it_fits_every_terminal(told: Callable[[], Story], columns: int) -> None:
    for text in path(told(), columns, after=100_000):
        assert width(text) <= columns
    for text in path(told(), columns):
        assert text.split()[0] in "✓✗●○?"


def test_where_there_is_little_room_reasons_give_way_first() -> None:
    long = (
        "brain disarmed: by its last log line; execution disarmed: it starts disarmed, and its log has no change since"
    )
    assert fitting(long, "brain disarmed; execution disarmed", 120) == long
    assert fitting(long, "brain disarmed; execution disarmed", 40) == "brain disarmed; execution disarmed"
    assert fitting(long, "brain disarmed; execution disarmed", 20) == "brain disarmed; …"
