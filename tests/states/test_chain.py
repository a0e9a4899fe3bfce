"""The chain tells every change of what was written, whether records or lines are looked at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.workflow.journal.sample import BEGAN, records, started
from titan_flow.states.chain import (
    BrokenChain,
    checked_lines,
    flat,
    line,
    opened,
    record_from,
    sealed,
    sealed_line,
    verify,
    verify_lines,
)
from titan_flow.states.hashing import GENESIS, canonical, digest

RECORDS = records()
LINES = [line(record) for record in RECORDS]


def test_a_whole_chain_has_the_head_of_its_last_record() -> None:
    assert verify(RECORDS) == verify_lines(LINES) == RECORDS[-1].hash
    assert verify([]) == verify_lines([]) == GENESIS


def test_what_is_hashed_is_the_line_without_its_hash() -> None:
    """`sealed_line` puts the line together from two halves; it has to be the canonical one all the same."""
    head = GENESIS
    for record in RECORDS:
        made, text = sealed_line(record.run, record.seq, record.at, record.event, head)
        assert text == line(made) == canonical(json.loads(text))
        body = json.loads(text)
        assert body.pop("hash") == made.hash == digest(canonical(body))
        head = made.hash


def test_a_line_is_read_as_it_was_written() -> None:
    assert [opened(text) for text in LINES] == RECORDS
    assert record_from(flat(RECORDS[3])) == RECORDS[3]


def test_the_moment_is_utc_whatever_zone_it_was_told_in() -> None:
    east = BEGAN.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert sealed("R", 1, east, started(), GENESIS).hash == sealed("R", 1, BEGAN, started(), GENESIS).hash
    whole = sealed("R", 1, datetime(2026, 1, 1, tzinfo=UTC), started(), GENESIS)
    assert flat(whole)["at"] == "2026-01-01T00:00:00.000000Z", "always with its microseconds"


CHANGES = [
    ("cut out", [*range(2), *range(3, len(RECORDS))], 3, "is missing (found 4"),
    ("swapped", [0, 1, 3, 2, *range(4, len(RECORDS))], 3, "is missing (found 4"),
    ("twice", [0, 1, 1, *range(2, len(RECORDS))], 3, "is missing (found 2"),
    ("no beginning", [*range(1, len(RECORDS))], 1, "is missing (found 2"),
]


@pytest.mark.parametrize(("order", "seq", "said"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_gap_or_another_order_is_told_of_records_and_of_lines(order: list[int], seq: int, said: str) -> None:
    with pytest.raises(BrokenChain) as found:
        verify([RECORDS[n] for n in order])
    assert found.value.seq == seq and said in str(found.value)
    with pytest.raises(BrokenChain) as found:
        verify_lines([LINES[n] for n in order])
    assert found.value.seq == seq and said in str(found.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"prev": "f" * 64}, "does not follow"), ({"hash": "f" * 64}, "was changed"), ({"run": "OTHER"}, "")],
)
def test_a_changed_record_is_told(change: dict[str, str], said: str) -> None:
    bent = [*RECORDS[:4], RECORDS[4].model_copy(update=change), *RECORDS[5:]]
    with pytest.raises(BrokenChain) as found:
        verify(bent)
    assert found.value.seq == 5 and said in str(found.value)


@pytest.mark.parametrize(
    "text",
    [
        LINES[4].replace("docker", "podman"),
        LINES[4].replace(":", ": ", 1),
        LINES[4] + " ",
        LINES[4].replace('"hash":"', '"hash":"0', 1),
        LINES[4][:-1] + ',"more":1}',
        LINES[4][:-1] + "," + LINES[4][1:],
        "",
        "[]",
        "{",
        "[" * 100_000,
    ],
    ids=lambda text: repr(text[-12:]),
)
def test_a_line_that_is_not_the_very_text_is_told(text: str) -> None:
    with pytest.raises(BrokenChain) as found:
        verify_lines([*LINES[:4], text, *LINES[5:]])
    assert found.value.seq == 5


def test_a_second_run_in_the_same_lines_is_told() -> None:
    other = [line(record) for record in records("OTHER")]
    with pytest.raises(BrokenChain, match="OTHER"):
        verify_lines([*LINES[:3], other[3]])
    with pytest.raises(BrokenChain):
        list(checked_lines(other, run="7Q3F"))


def test_lines_may_follow_what_is_known_already() -> None:
    kept = [*checked_lines(LINES[5:], "7Q3F", 5, RECORDS[4].hash)]
    assert [text for text, _ in kept] == LINES[5:]
    with pytest.raises(BrokenChain):
        list(checked_lines(LINES[5:], "7Q3F", 5, RECORDS[3].hash))


def test_lines_before_the_fault_are_given_first() -> None:
    given = list[str]()
    with pytest.raises(BrokenChain):
        for text, _ in checked_lines([*LINES[:3], LINES[4]]):
            given.append(text)
    assert given == LINES[:3]


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "1", '{"kind":"nothing"}', LINES[0].replace("run.started", "run.began")],
    ids=lambda text: text[:20],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        opened(text)


def test_a_line_that_is_sealed_well_but_is_not_canonical_is_told() -> None:
    """Two texts for one record would have two hashes."""
    spaced = LINES[0].replace(f'"hash":"{RECORDS[0].hash}",', "").replace(",", ", ", 1)
    cut = spaced.index('"interlock"')
    with pytest.raises(BrokenChain):
        verify_lines([f'{spaced[:cut]}"hash":"{digest(spaced)}",{spaced[cut:]}'])
