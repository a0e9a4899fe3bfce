"""A snapshot is the fold of the records that it was made of, or it is not used."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.states.test_outline import EVENTS, told
from tests.workflow.journal.sample import records
from titan_flow.states import events as e
from titan_flow.states.outline import outlined
from titan_flow.states.run import fold
from titan_flow.states.snapshot import BEGINS, FOLD, Snapshot, read, seal, snapshot_of, text_of
from titan_flow.states.values import Json

RECORDS = records()
WHOLE = Snapshot(fold(RECORDS), outlined(RECORDS))
TEXT = text_of(WHOLE)


@settings(max_examples=50, deadline=None)
@given(st.lists(EVENTS, max_size=25), st.integers(1, 25))
def test_a_snapshot_goes_on_where_it_was_kept(events: list[e.Event], cut: int) -> None:
    records = told(events)
    kept = read(text_of(snapshot_of(records[0]).with_records(records[1:cut])), records[0])
    assert kept is not None
    now = kept.with_records(records[cut:])
    assert now.run == fold(records)
    assert now.outline == outlined(records)


def test_what_is_read_is_what_was_written() -> None:
    assert read(TEXT, RECORDS[0]) == WHOLE
    assert TEXT.startswith(BEGINS) and RECORDS[0].model_dump()["event"]["spec"] not in TEXT


def changed(change: Callable[[dict[str, Json]], object]) -> str:
    body = json.loads(TEXT)
    change(body)
    return json.dumps(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[]",
        "null",
        "{}",
        "[" * 200_000,
        changed(lambda body: body.update(fold=FOLD - 1)),
        changed(lambda body: body.update(fold=str(FOLD))),
        changed(lambda body: body.update(run=[])),
        changed(lambda body: body.update(outline=None)),
        changed(lambda body: body.pop("run")),
        changed(lambda body: body.pop("outline")),
        changed(lambda body: body["run"].pop("state")),  # type: ignore[union-attr,call-arg]
        changed(lambda body: body["run"].update(stranger=1)),  # type: ignore[union-attr,call-arg]
        changed(lambda body: body["run"].update(seq="many")),  # type: ignore[union-attr,call-arg]
        changed(lambda body: body["run"].update(interlock="open")),  # type: ignore[union-attr,call-arg]
    ],
    ids=lambda text: text[:24],
)
def test_what_no_fold_of_this_version_wrote_is_not_used(text: str) -> None:
    assert read(text, RECORDS[0]) is None


def test_it_belongs_to_a_run_that_starts() -> None:
    assert read(TEXT, RECORDS[1]) is None
    with pytest.raises(ValueError, match=r"run\.started"):
        snapshot_of(RECORDS[1])


def test_the_seal_tells_one_changed_letter() -> None:
    assert seal(TEXT) == seal(TEXT + "") != seal(TEXT.replace("RolledBack", "RolledBank", 1))
