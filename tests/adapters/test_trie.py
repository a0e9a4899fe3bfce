"""An alternation matches what a list of alternatives would, the longest first, however deep they branch."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from titan_flow.adapters.trie import alternation


@pytest.mark.parametrize(
    ("forms", "text", "found"),
    [
        (["abc"], "xabcx", "abc"),
        (["ab", "abc"], "abcd", "abc"),
        (["abc", "ab"], "abd", "ab"),
        (["a", "b"], "b", "b"),
        (["ab", "ac", "bd"], "ac", "ac"),
    ],
)
def test_the_longest_form_at_a_place_is_found(forms: list[str], text: str, found: str) -> None:
    match = re.search(alternation(forms), text)
    assert match is not None and match[0] == found


def test_a_fragment_may_be_a_pattern_of_its_own() -> None:
    pattern = alternation([("a", "(?:b|B)", "c"), ("a", "(?:b|B)", "d")])
    assert [match[0] for match in re.finditer(pattern, "aBc abd abx")] == ["aBc", "abd"]
    assert pattern.count("(?:b|B)") == 1, "what both begin with is there once"


def test_nothing_matches_where_there_are_no_forms() -> None:
    assert alternation([]) == ""


def test_many_that_branch_at_every_letter_compile_and_match() -> None:
    """The compiler of `re` is recursive: below some depth the ways are listed instead."""
    forms = ["a" * n + "b" for n in range(200)] + ["a" * 200]
    pattern = re.compile(alternation(forms))
    assert all(pattern.fullmatch(form) for form in forms)
    assert not pattern.fullmatch("a" * 199)


WORDS = st.lists(st.text("ab.", min_size=1, max_size=6), min_size=1, max_size=8)


@settings(max_examples=60)
@given(WORDS, st.text("ab.", max_size=12))
def test_it_finds_what_the_plain_alternatives_find(words: list[str], text: str) -> None:
    forms = [[re.escape(letter) for letter in word] for word in words]
    plain = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    assert [m.span() for m in re.finditer(alternation(forms), text)] == [m.span() for m in re.finditer(plain, text)]


def test_the_longest_is_found_where_the_ways_are_only_listed_too() -> None:
    found = re.match(alternation(["a" * n for n in range(1, 60)]), "a" * 99)
    assert found is not None and found[0] == "a" * 59
