"""Writes the golden journal of the present format: `python -m tests.golden.write`.

Only while that format is not released. Then golden files never change, and a new format gets new ones.
"""

from __future__ import annotations

from pathlib import Path

from tests.workflow.journal.sample import records
from titan_flow.states.chain import line
from titan_flow.states.events import FORMAT
from titan_flow.workflow.journal.location import open_journal


def write(folder: Path) -> None:
    store, lines = folder / f"journal-{FORMAT}.db", folder / f"journal-{FORMAT}.jsonl"
    store.unlink(missing_ok=True)
    lines.write_text("".join(f"{line(record)}\n" for record in records()))
    journal = open_journal(f"sqlite:///{store}")
    journal.import_(lines.read_text().splitlines())
    journal.close()


if __name__ == "__main__":
    write(Path(__file__).parent)
