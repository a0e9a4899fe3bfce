"""Journals of every format that was ever released keep loading; a newer one is refused, not misread."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from tests.workflow.journal.sample import BEGAN, records
from titan_flow.states import events as e
from titan_flow.states.chain import BrokenChain, flat, line, opened, verify, verify_lines
from titan_flow.states.hashing import GENESIS, canonical, digest
from titan_flow.states.listing import summary_of
from titan_flow.states.run import fold
from titan_flow.states.values import Outcome
from titan_flow.workflow.journal.errors import DamagedJournal, NewerJournal
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.journal.schema import put

GOLDEN = Path(__file__).parents[2] / "golden"
NUMBERS = [int(path.stem.partition("-")[2]) for path in GOLDEN.glob("journal-*.db")]


@pytest.mark.parametrize("number", NUMBERS)
def test_an_old_journal_keeps_loading(number: int, tmp_path: Path) -> None:
    shutil.copy(GOLDEN / f"journal-{number}.db", tmp_path / "j.db")
    lines = (GOLDEN / f"journal-{number}.jsonl").read_text().splitlines()
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal:
        (listed,) = journal.summaries()
        assert (listed.run, listed.flow) == ("7Q3F", "titan-prod")
        assert journal.lines("7Q3F") == lines
        run = fold(journal.read("7Q3F"))
        assert (run.outcome, run.state, run.head) == (Outcome.ROLLED_BACK, "RolledBack", verify_lines(lines))
        more = journal.append("7Q3F", run.seq, e.RunResumed(operator=run.started.operator), BEGAN)
        assert more.prev == run.head
        assert len(journal.read("7Q3F")) == len(lines) + 1


def test_the_golden_journal_of_this_format_has_every_kind_of_event() -> None:
    lines = (GOLDEN / f"journal-{e.FORMAT}.jsonl").read_text().splitlines()
    kinds = {kind.model_fields["kind"].default for kind in get_args(e.Event)}
    assert {opened(text).event.kind for text in lines} == kinds


def test_the_last_disarm_keeps_the_name_that_the_format_gave_it() -> None:
    first = json.loads(line(records()[0]))
    assert "last_disarm" not in first
    event = opened(json.dumps({**first, "brakes": 3})).event
    assert isinstance(event, e.RunStarted) and event.last_disarm == 3
    assert event.model_dump(mode="json")["brakes"] == json.loads(event.model_dump_json())["brakes"] == 3


def test_a_field_added_later_does_not_make_an_old_journal_look_changed(tmp_path: Path) -> None:
    """The chain is over the text. Read into a model that knows a field more, the record's own hash would differ."""
    old = _written_before("bad_releases")
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal:
        journal.import_(old)
        read = journal.read("7Q3F")
    assert len(read) == len(old)
    with pytest.raises(BrokenChain):
        verify(read)


def _written_before(field: str) -> list[str]:
    """A run's lines, as they were when no event had this field yet."""
    lines, head = list[str](), GENESIS
    for record in records():
        body = {**flat(record), "prev": head}
        del body["hash"]
        body.pop(field, None)
        head = digest(canonical(body))
        lines.append(canonical({**body, "hash": head}))
    return lines


@pytest.mark.parametrize("write", [True, False])
def test_a_run_of_a_newer_format_is_refused(tmp_path: Path, write: bool) -> None:
    first = json.loads(line(records()[0]))
    newer = json.dumps({**first, "format": e.FORMAT + 1, "unheard": "of"}, sort_keys=True, separators=(",", ":"))
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal, pytest.raises(NewerJournal):
        journal.import_([newer])
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal:
        journal._db.execute("INSERT INTO record VALUES ('N', 1, 'run.started', '', ?)", (newer,))  # pyright: ignore[reportPrivateUsage]
        put(journal._db, replace(summary_of(records()[0]), run="N"))  # pyright: ignore[reportPrivateUsage]
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db", write=write)) as journal:
        with pytest.raises(NewerJournal, match="newer titan-flow"):
            journal.read("N")
        with pytest.raises(NewerJournal):
            list(journal.stream("N"))


def test_an_unknown_kind_in_a_known_format_is_damage(tmp_path: Path) -> None:
    lines = [line(record) for record in records()]
    strange = json.loads(lines[1]) | {"kind": "run.levitated"}
    with closing(open_journal(f"sqlite:///{tmp_path}/j.db")) as journal, pytest.raises(DamagedJournal):
        journal.import_([lines[0], json.dumps(strange)])
