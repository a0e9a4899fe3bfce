"""Every spelling of a setting in an env file."""

from __future__ import annotations

import pytest

from titan_flow.adapters.env_files import env_names, env_values, env_variables


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=value", "value"),
        ("export KEY=value", "value"),
        ("KEY: value", "value"),
        ("KEY = value # why", "value"),
        ("KEY='a # b'", "a # b"),
        ('KEY="a \\"b\\" c" # why', 'a "b" c'),
        ("KEY=${X:-default}", "default"),
        ('KEY="${X-${Y:-inner}}"', "inner"),
        ('KEY="first\nsecond"', "second"),
        ("KEY=pa$$word", "pa$word"),
    ],
)
def test_a_value_is_found(line: str, value: str) -> None:
    assert ("KEY", value) in env_variables(f"# KEY=comment\n{line}\nNEXT=1\n")
    assert ("NEXT", "1") in env_variables(f"{line}\nNEXT=1\n")


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0b", "\x1e"])
def test_only_a_line_feed_ends_a_line(end: str) -> None:
    assert env_variables(f"A=left{end}right\r\nB=2\n")[0] == ("A", f"left{end}right")
    assert env_names(f"A=left{end}C=right\r\nB=2\n") == ["A", "B"]


def test_names_are_those_that_are_set() -> None:
    assert env_names("A=1\nexport B=2\n# C=3\nD\n") == ["A", "B"]


def test_env_names() -> None:
    assert env_names("A=1\nexport B = two\n#C=no\nno equals\n  D=\n'E'=x\n") == ["A", "B", "D"]


def test_env_values() -> None:
    text = "A=1\nexport B = two words \nC=\"quoted\"\n#D=no\nno equals\nE='x # y'\nF=v # comment\nG=a=b\n"
    assert {"1", "two words", "quoted", "x # y", "v", "a=b"} <= set(env_values(text))
    assert not {"no", "no equals"} & set(env_values(text))


def test_a_key_of_several_lines_is_masked_line_by_line() -> None:
    text = 'KEY="-----BEGIN KEY-----\nMIIEvQ==\n-----END KEY-----"\nONE="first\\nsecond"\n# comment=no\nB=last\n'
    assert {"MIIEvQ==", "-----END KEY-----", "first", "second", "last"} <= set(env_values(text))
    assert "no" not in env_values(text)
