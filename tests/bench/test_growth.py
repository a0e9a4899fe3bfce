"""The benches still run: at a size that says nothing about speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import growth, steps
from bench.grown_store import build
from titan_flow.workflow.journal.location import open_journal

pytestmark = pytest.mark.slow


def test_growth_prints_a_row_for_each_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build(tmp_path, 3, 20, growth.LONG, growth.ENDED)
    growth.table(tmp_path, 3, 20, rounds=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line for name in growth.commands(tmp_path) for line in lines if line.startswith(name)]
    assert len(lines) == 1 + len(growth.commands(tmp_path))


def test_a_grown_store_is_a_journal_like_any_other(tmp_path: Path) -> None:
    build(tmp_path, 3, 1500, growth.LONG, growth.ENDED)
    journal = open_journal(f"sqlite:///{tmp_path / 'journal.db'}", write=False)
    assert [row.seq for row in journal.summaries()] == [12, 12, 12, 1500, 1500]
    assert len(journal.read(growth.LONG)) == 1500
    assert not journal.disagreements(growth.LONG)


def test_steps_prints_a_row_for_each_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert steps.main(["4"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
