"""Which marks are believed: pure, on records as a driver seals them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.started import started
from titan_flow.adapters.guard.marks import DAMAGED, believed
from titan_flow.states.chain import line, sealed
from titan_flow.states.events import Event, InterlockSeen, ReleaseMarked
from titan_flow.states.hashing import GENESIS
from titan_flow.states.release import Release
from titan_flow.states.values import Interlock

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MARK = ReleaseMarked(release=Release(commit="1" * 40, images={}), standing="verified", epoch=1)
STARTED = started("f", environment="e", target="t")
SEEN = InterlockSeen(interlock=Interlock.DISARMED, says="")


def chain(*events: Event, run: str = "R1") -> list[str]:
    lines, head = list[str](), GENESIS
    for seq, event in enumerate(events, 1):
        lines.append(line(record := sealed(run, seq, NOW, event, head)))
        head = record.hash
    return lines


def said(lines: list[str]) -> str:
    """As the guard answers: the first line, then `grep -n -B 1 -A 1`."""
    return "\n".join([lines[0], *numbered(lines)]) + "\n"


def numbered(lines: list[str], first: int = 1) -> list[str]:
    return [f"{n}{':' if 'release.marked' in line else '-'}{line}" for n, line in enumerate(lines, first)]


WHOLE = chain(STARTED, SEEN, MARK, SEEN, MARK)
OTHER = chain(STARTED, SEEN, MARK, run="R2")
BAD = {
    "edited": [*WHOLE[:2], WHOLE[2].replace("verified", "bad"), *WHOLE[3:]],
    "of another run": [*WHOLE[:2], OTHER[2], *WHOLE[3:]],
    "without the record before it": [WHOLE[0], WHOLE[2], *WHOLE[3:]],
    "without what lies between it and the beginning": [WHOLE[0], *WHOLE[3:]],
    "put in the place of another": [*WHOLE[:2], WHOLE[4], *WHOLE[3:]],
    "after a gap": [WHOLE[0], *WHOLE[2:]],
    "no record at all": [*WHOLE[:2], '{"kind":"release.marked"}', *WHOLE[3:]],
}


def test_what_the_chain_ties_to_the_beginning_is_believed() -> None:
    assert believed("R1", said(WHOLE)) == [WHOLE[2], WHOLE[4]]
    groups = ("\n".join(numbered(lines, first)) for lines, first in ((WHOLE[1:4], 2), (WHOLE[3:], 4)))
    assert believed("R1", f"{WHOLE[0]}\n" + "\n--\n".join(groups)) == [WHOLE[2], WHOLE[4]]
    assert believed("R1", "") == []


@pytest.mark.parametrize("how", BAD)
def test_a_mark_that_is_not_as_it_was_written_is_counted_only(how: str) -> None:
    assert believed("R1", said(BAD[how]))[0] == DAMAGED


def test_nothing_of_a_run_without_its_beginning_or_under_another_name_is_believed() -> None:
    assert believed("R9", said(WHOLE)) == [DAMAGED] * 2
    assert believed("R1", said(WHOLE[1:])) == [DAMAGED] * 2
