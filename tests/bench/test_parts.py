"""Each part of the bench still runs: at a size that says nothing about speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.__main__ import main
from bench.grown_store import ENDED, LONG, build
from bench.parts import ON_A_DROPLET, PARTS
from bench.rows import read
from titan_flow.workflow.audit.conformance import conformance
from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.specfile.load import load

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("part", [name for name in PARTS if name not in ON_A_DROPLET])
def test_a_part_gives_rows_and_a_table(part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = tmp_path / "rows.jsonl"
    assert main([part, "--small", "--rows", str(rows)]) == 0
    machine, *measured = read(rows)
    assert machine["part"] == "machine" and machine["cores"]
    assert {row["part"] for row in measured} == {part}
    assert f"## {part}\n\n" in capsys.readouterr().out


def test_a_page_gets_its_tables_in_their_places(tmp_path: Path) -> None:
    rows, page = tmp_path / "rows.jsonl", tmp_path / "page.md"
    rows.write_text('{"part": "steps", "missing": "no disk"}\n')
    page.write_text("before\n<!-- bench: steps -->\nold\n<!-- end -->\nafter\n")
    assert main(["report", str(rows), "--into", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "old" not in text and "no disk" in text


def test_a_grown_store_is_a_journal_like_any_other(tmp_path: Path) -> None:
    build(tmp_path, 3, 1500)
    journal = open_journal(f"sqlite:///{tmp_path / 'journal.db'}", write=False)
    assert [row.seq for row in journal.summaries()] == [12, 12, 12, 1500, 1500]
    for run in (LONG, ENDED):
        records = journal.read(run)
        assert len(records) == 1500
        assert not journal.disagreements(run)
        assert [*conformance(load(str(tmp_path / "flow.yaml"), adapters()).flow, records)] == []
