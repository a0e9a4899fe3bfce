"""The interlock's decision, against an oracle that judges from whole histories."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_flow.adapters.interlock.judgement import Basis, Standing, Words, confirmed, overall, standing, unknown
from titan_flow.adapters.services.logs import Heard
from titan_flow.states.values import Interlock

ARMED, DISARMED, UNKNOWN = Interlock.ARMED, Interlock.DISARMED, Interlock.UNKNOWN
WORDS = Words("(SYSTEM|EXECUTION) ARMED|initialized in ARMED", "(SYSTEM|EXECUTION) DISARMED|initialized DISARMED")
LINES = {
    "SYSTEM ARMED BY OPERATOR": ARMED,
    "EXECUTION DISARMED: Deployment": DISARMED,
    "initialized in ARMED state": ARMED,
    "initialized DISARMED": DISARMED,
    "EXECUTION DISARMED: was EXECUTION ARMED": UNKNOWN,
    "Risk Policy Loaded": None,
    "": None,
}


@dataclass(frozen=True)
class History:
    """One service: what it logged before the sending and since; `reborn`: a new instance began with the latter."""

    logs: str
    starts: str | None
    before: tuple[str, ...]
    since: tuple[str, ...]
    reborn: bool
    whole_before: bool
    whole_since: bool


lines = st.lists(st.sampled_from(sorted(LINES)), max_size=5).map(tuple)
histories = st.builds(
    History,
    st.sampled_from(["changes", "always"]),
    st.sampled_from(["disarmed", None]),
    lines,
    lines,
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def judged(history: History) -> Standing:
    """As the adapter does it: once before the sending, once after."""
    starts = "disarmed" if history.starts else None
    before = standing(WORDS, starts, Heard(history.before, True, history.whole_before), None, sent=False)
    remembered = Standing.remembered(before.as_json())
    return standing(WORDS, starts, Heard(history.since, history.reborn, history.whole_since), remembered, sent=True)


def may_say_disarmed(history: History) -> bool:
    """The interlock is never assumed: judged over everything that the running instance ever logged.

    Lines that are missing are older than those that are there: they never change which line is the last.
    """
    own = history.since if history.reborn else history.before + history.since
    whole = history.whole_since and (history.reborn or history.whole_before)
    speaking = [line for line in own if line in LINES and LINES[line] is not None]
    newer = [line for line in history.since if LINES[line] is not None]
    if newer:
        return LINES[newer[-1]] is DISARMED
    if not history.whole_since:
        return False
    if not speaking:
        return history.starts == "disarmed" and whole
    return LINES[speaking[-1]] is DISARMED and history.logs == "changes"


@given(histories)
def test_confirmed_disarmed_exactly_where_the_law_says(history: History) -> None:
    seen = judged(history)
    logs = "changes" if history.logs == "changes" else "always"
    assert confirmed(seen, logs, DISARMED) is may_say_disarmed(history)


@given(histories)
def test_never_confirmed_both_ways(history: History) -> None:
    seen = judged(history)
    assert not (confirmed(seen, "changes", DISARMED) and confirmed(seen, "changes", ARMED))


@given(histories)
def test_armed_only_by_a_line_that_says_so(history: History) -> None:
    if judged(history).interlock is ARMED:
        own = history.since if history.reborn else history.before + history.since
        assert any(LINES[line] is ARMED for line in own)


@given(histories)
def test_a_gap_is_never_an_answer(history: History) -> None:
    if not history.whole_since and all(LINES[line] is None for line in history.since):
        assert judged(history).interlock is UNKNOWN


@given(st.lists(st.sampled_from(list(Interlock)), max_size=4))
def test_overall(seen: list[Interlock]) -> None:
    now = overall(seen)
    assert (now is DISARMED) is (bool(seen) and set(seen) == {DISARMED})
    assert (now is ARMED) is (ARMED in seen and UNKNOWN not in seen)


def test_last_weeks_line_does_not_confirm_where_a_newer_one_is_due() -> None:
    history = History("always", None, ("EXECUTION DISARMED: last week",), (), False, True, True)
    words = Words("ARMED$", "EXECUTION DISARMED")
    before = standing(words, None, Heard(history.before), None, sent=False)
    after = standing(words, None, Heard((), fresh=False), before, sent=True)
    assert after.interlock is DISARMED and after.basis is Basis.OLDER
    assert confirmed(after, "changes", DISARMED)
    assert not confirmed(after, "always", DISARMED)


@pytest.mark.parametrize(
    "told", [None, [], "x", {}, {"interlock": "armed"}, {"interlock": "maybe", "basis": "newer"}, {"basis": "newer"}]
)
def test_a_memory_that_is_none(told: object) -> None:
    assert Standing.remembered(told) is None  # type: ignore[arg-type]


def test_a_lost_memory_is_unknown() -> None:
    assert standing(WORDS, "disarmed", Heard((), fresh=False), None, sent=True).interlock is UNKNOWN


def test_a_line_that_both_patterns_find_says_nothing() -> None:
    seen = standing(Words("ARMED", "DISARMED"), None, Heard(("EXECUTION DISARMED",)), None, sent=False)
    assert seen.interlock is UNKNOWN and "armed and disarmed" in seen.why
    assert unknown("x").basis is Basis.NOTHING
