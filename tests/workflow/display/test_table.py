"""Tables fit the terminal."""

from __future__ import annotations

import pytest

from titan_flow.workflow.display.table import columns, table

ROWS = [
    ("RUN", "STATE", "OPERATOR", "FLOW"),
    ("7Q3FXY", "Armed", "olga@laptop", "titan-prod → deploy@titan.example.com:/opt/titan"),
    ("8WXK22", "RolledBack", "ben@a-long-host-name", "titan-prod → deploy@titan.example.com:/opt/titan"),
]


def test_where_there_is_room_nothing_is_cut() -> None:
    lines = table(ROWS, 200, (2, 3))
    assert lines[2] == "8WXK22  RolledBack  ben@a-long-host-name  titan-prod → deploy@titan.example.com:/opt/titan"
    assert lines[0].index("FLOW") == lines[1].index("titan-prod")


def test_columns_are_cut_then_left_out_in_the_order_that_is_named() -> None:
    assert table(ROWS, 86, (2, 3))[2].split()[2] == "ben@a-long-host…"
    lines = table(ROWS, 60, (2, 3))
    assert "OPERATOR" not in lines[0], "it would have less than 12 columns left"
    assert lines[2].startswith("8WXK22  RolledBack  titan-prod → deploy@titan")
    assert lines[2].endswith("…")


@pytest.mark.parametrize("room", range(10, 120))
def test_no_line_is_ever_wider(room: int) -> None:
    assert all(len(line) <= room for line in table(ROWS, room, (2, 3)))


def test_a_cell_cannot_break_the_table() -> None:
    assert table([("a\nb\x1b[2J", "c")], 80) == ["a b␛[2J  c"]


def test_the_terminal_is_80_wide_where_nothing_else_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "132")
    assert columns() == 132
    monkeypatch.delenv("COLUMNS")
    assert columns() >= 40
