"""Every way to tamper with a journal, and what is said of it: the record by its number."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.journal.sample import records
from titan_flow.states.chain import line
from titan_flow.workflow.audit.anchors import by_copy, by_head
from titan_flow.workflow.audit.chain import audited

LINES = [line(record) for record in records()]
LAST = len(LINES)


def resealed(text: str, **changes: object) -> str:
    """A record changed by somebody who knows how hashes are made."""
    body = {**json.loads(text), **changes}
    del body["hash"]
    bare = json.dumps(body, sort_keys=True, separators=(",", ":"))
    body["hash"] = sha256(bare.encode()).hexdigest()
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def forged(lines: list[str], seq: int, **changes: object) -> list[str]:
    """One record changed and everything behind it sealed anew: a whole chain again."""
    made = [*lines[: seq - 1], resealed(lines[seq - 1], **changes)]
    for text in lines[seq:]:
        made.append(resealed(text, prev=json.loads(made[-1])["hash"]))
    return made


def swapped(lines: list[str], a: int, b: int) -> list[str]:
    made = [*lines]
    made[a - 1], made[b - 1] = made[b - 1], made[a - 1]
    return made


def foreign(lines: list[str], seq: int) -> list[str]:
    other = [line(record) for record in records("OTHER")]
    return [*lines[: seq - 1], other[seq - 1], *lines[seq:]]


Tamper = Callable[[list[str]], list[str]]
TABLE: list[tuple[str, Tamper, list[str]]] = [
    ("edited", lambda lines: [*lines[:4], lines[4].replace("4711", "1").replace("docker", "podman"), *lines[5:]],
     ["record 5 was changed after it was written"]),
    ("edited and sealed anew", lambda lines: [*lines[:5], resealed(lines[5], reason="fine"), *lines[6:]],
     ["record 7 does not follow record 6: one of the two was replaced"]),
    ("cut out", lambda lines: [*lines[:2], *lines[3:]], ["record 3 is missing: cut out"]),
    ("more cut out", lambda lines: [*lines[:2], *lines[5:]], ["record 3 is missing (and 2 after it): cut out"]),
    ("far apart reordered", lambda lines: swapped(lines, 3, 9), ["record 9 stands where record 3 should: reordered"]),
    ("its beginning cut off", lambda lines: lines[2:], ["record 1 is missing (and 1 after it): cut out"]),
    ("neighbours reordered", lambda lines: swapped(lines, 4, 5),
     ["record 5 stands where record 4 should: reordered"]),
    ("there twice", lambda lines: [*lines[:3], lines[2], *lines[3:]],
     ["record 3 is there twice"]),
    ("swapped for another run's", lambda lines: foreign(lines, 6), ["record 6 is one of another run (OTHER): swapped"]),
    ("no record any more", lambda lines: [*lines[:6], "{", *lines[7:]],
     ["record 7 cannot be read: it is no record any more"]),
    ("torn", lambda lines: [*lines[:-1], lines[-1][:40]],
     [f"record {LAST} cannot be read: it is no record any more"]),
    ("written otherwise", lambda lines: [lines[0].replace('{"', '{ "', 1), *lines[1:]],
     ["record 1 was changed after it was written"]),
    ("begun in the middle", lambda lines: forged(lines, 1, kind="run.resumed"), ["record 1 does not begin a run"]),
]  # fmt: skip


@pytest.mark.parametrize(("tamper", "said"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_tampering_is_found_and_named(tamper: Tamper, said: list[str]) -> None:
    found = [str(finding) for finding in audited(tamper(LINES)).findings]
    assert found[: len(said)] == said


def test_a_whole_chain_is_intact() -> None:
    one = audited(LINES)
    assert (one.run, one.findings, one.ended) == ("7Q3F", (), True)
    assert one.head == records()[-1].hash


@settings(deadline=None)
@given(st.data())
def test_any_one_letter_changed_is_found(data: st.DataObject) -> None:
    seq = data.draw(st.integers(1, LAST))
    text = LINES[seq - 1]
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from([c for c in 'x7"}a' if c != text[place]]))
    findings = audited([*LINES[: seq - 1], text[:place] + letter + text[place + 1 :], *LINES[seq:]]).findings
    assert findings
    assert seq in {finding.seq for finding in findings} | {findings[0].seq - 1, findings[0].seq + 1}


@settings(deadline=None)
@given(st.integers(1, LAST - 1))
def test_a_cut_end_is_found_only_by_what_others_kept(kept: int) -> None:
    cut = audited(LINES[:kept])
    assert cut.findings == ()
    assert not cut.ended
    copy = by_copy(cut, LINES, "the host")
    assert copy.finding is not None
    assert copy.finding.seq == kept + 1
    assert "missing here: the host has it, the end was cut off" in str(copy.finding)
    noted = by_head(cut, records()[-1].hash[:16])
    assert noted.finding is not None and noted.finding.seq == kept


@settings(deadline=None)
@given(st.integers(2, LAST))
def test_all_written_anew_is_found_only_by_what_others_kept(seq: int) -> None:
    made = forged(LINES, seq, at="2026-11-24T00:00:00.000000Z")
    anew = audited(made)
    assert anew.findings == ()
    copy = by_copy(anew, LINES, "the host")
    assert copy.finding is not None
    assert str(copy.finding) == f"record {seq} is not the one that the host has, whose copy is intact"
    assert by_head(anew, records()[-1].hash).finding is not None


def test_the_hosts_copy_may_be_behind_absent_or_bad_itself() -> None:
    one = audited(LINES)
    assert (by_copy(one, LINES, "the host").state, by_copy(one, LINES[:4], "the host").upto) == ("same", 4)
    assert by_copy(one, [], "the host").state == "none"
    bad = by_copy(one, [*LINES[:2], LINES[2].replace("known", "fine"), *LINES[3:]], "the host")
    assert str(bad.finding).startswith("record 3 is not the one that the host has, whose own copy is not intact")


def test_a_head_that_was_noted() -> None:
    one = audited(LINES)
    assert by_head(one, one.head).state == "same"
    earlier = by_head(one, records()[4].hash[:12].upper())
    assert (earlier.state, earlier.upto, earlier.says) == ("older", 5, f"is record 5; {LAST - 5} came after it")


@pytest.mark.parametrize("lines", [[], ["no journal", "{}"]])
def test_what_is_no_journal_is_said(lines: list[str]) -> None:
    with pytest.raises(ValueError, match=r"record"):
        audited(lines)
