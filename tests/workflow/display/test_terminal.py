"""What comes from hosts cannot steer a terminal."""

from __future__ import annotations

import pytest

from titan_flow.workflow.display.terminal import cut, one_line, visible, width

EVIL = "\x1b[2J\x1b]0;pwned\x07ok\r\x9b31m\u202egpj.exe\nsecond"


def test_wide_letters_are_counted_as_they_are_shown() -> None:
    assert (width("a部署b"), width("e\u0301")) == (6, 1)
    assert (cut("a部署b", 3), one_line("a部署b", 4)) == ("a部", "a部…")


def test_what_comes_from_hosts_cannot_steer_the_terminal() -> None:
    assert visible(EVIL) == "␛[2J␛]0;pwned␛ok␛␛31m␛gpj.exe\nsecond"
    assert one_line(EVIL) == "␛[2J␛]0;pwned␛ok␛␛31m␛gpj.exe second"


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [("部署", 3, "部…"), ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("abcd", 1, "…"), ("abcd", 0, "abcd"), ("", 5, "")],
)
def test_a_line_is_cut_where_it_is_too_wide(text: str, columns: int, shown: str) -> None:
    assert one_line(text, columns) == shown


@pytest.mark.parametrize("text", ["a\u200db", "a\tb\nc", "naïve"])
def test_what_scripts_need_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("code", [0x00, 0x1B, 0x7F, 0x9B, 0xAD, 0x202E, 0x2066, 0xFEFF, 0xD800, 0xE0041])
def test_a_character_that_steers_or_hides_is_shown(code: int) -> None:
    assert visible(f"a{chr(code)}b") == "a␛b"
