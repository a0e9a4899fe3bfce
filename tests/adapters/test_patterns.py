"""A spec's regular expressions give up in time, and mean what they mean to Python's `re`."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_flow.adapters.errors import Unanswered
from titan_flow.adapters.patterns import LONGEST_LINE, Search, matches, problem

EXPLODES = [(r"(a|aa)+$", "a" * 200 + "b"), (r"(.*a){25}b", "a" * 4000)]


@pytest.mark.parametrize(("pattern", "text"), EXPLODES)
def test_it_gives_up_and_has_no_answer(pattern: str, text: str) -> None:
    search = Search(0.05)
    with pytest.raises(Unanswered, match="takes too long"):
        search(pattern, text)
    assert search.left <= 0, "the searches of one look share their time"


def test_a_value_of_the_operator_too() -> None:
    assert matches("[0-9a-f]{40}", "0" * 40) and not matches("[0-9a-f]{40}", "0" * 41)


def test_of_a_long_line_the_beginning_is_searched() -> None:
    assert Search()("needle", "x" * (LONGEST_LINE - 6) + "needle")
    assert not Search()("needle", "x" * LONGEST_LINE + "needle")


@pytest.mark.parametrize(
    "pattern",
    ["^(SYSTEM|EXECUTION) ARMED", r"\bid=(\d+)", "(?i)error", "(?!ok).*", r"\{id\}", "a{2,3}", "(?P<n>x)(?P=n)"],
)
def test_what_re_takes_is_taken(pattern: str) -> None:
    assert problem(pattern) is None
    for text in ("SYSTEM ARMED", "id=7", "Error", "not ok", "{id}", "aaa", "xx", ""):
        ours, theirs = Search()(pattern, text), re.search(pattern, text)
        assert (ours and ours.span()) == (theirs and theirs.span())


PARTS = [
    "a",
    "0",
    "-",
    ",",
    "^",
    "$",
    ".",
    "*",
    "+",
    "?",
    "{",
    "}",
    "{2}",
    "|",
    "(",
    ")",
    "[",
    "]",
    "[^",
    "&&",
    "||",
    "~~",
]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_what_is_not_shown_to_regex_it_takes_all_the_same(pattern: str) -> None:
    if problem(pattern) is None:
        Search()(pattern, "a0")


@pytest.mark.parametrize("pattern", ["(", "a{1,", "(?P<n>", "*", r"\p{L}", "(?<=a+)b"])
def test_what_re_refuses_is_refused(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error:
        assert problem(pattern) is not None
    else:
        assert problem(pattern) is None


@pytest.mark.parametrize("pattern", ["order{id}", "(?:stop){e<=1}", "x{1i+1d<3}"])
def test_a_brace_that_would_mean_something_else_is_refused(pattern: str) -> None:
    assert "brace" in str(problem(pattern))


def test_a_line_does_not_end_where_it_is_cut() -> None:
    long = "a" * LONGEST_LINE + "b"
    assert Search()("a$", long) is None
    assert Search()("a$", long[:LONGEST_LINE]) is not None
