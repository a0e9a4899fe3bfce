"""The general does not know the particular: workflow/ and states/ hold no adapter's name and none of its checks.

What they need of an adapter is declared by it: a field of its checks or settings, or an offer (`adapters/offers.py`,
`adapters/diagnosis.py`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from titan_flow.adapters.registry import OURS, Registry

ROOT = Path(__file__).parents[2]
OWN_WORK = ("workflow/init/", "workflow/sandbox/")
"""rooms whose work is a particular one: compose files; a rehearsal with git, NATS and supervisord"""
WORDS = {
    "backup": "the parameter of a recovery that restores data",
    "command": "a word of the command line",
    "file": "a word of the language",
    "host": "where a flow acts",
    "interlock": "a part of every state (states/values.py)",
    "logs": "a word of the language",
    "policy": "a word of the language",
    "ports": "a word of the language",
    "release": "what runs (states/release.py)",
    "ssh": "how a host is reached",
}
"""nouns that are words of titan-flow, too"""
ALLOWED = {
    ("workflow/cli/parser.py", "github"): "a format of output",
    ("workflow/commands/check.py", "github"): "a format of output",
}
NOUNS = set(OURS) - set(WORDS)
PREFIXES = set(OURS) - {"release"}
"""`${release.…}` is a reference"""
CHECKS = {
    one.name for noun in OURS for one in (*Registry().adapter(noun).checks, *Registry().adapter(noun).values)
}  # fmt: skip
FILES = sorted(
    path
    for room in ("states", "workflow")
    for path in (ROOT / room).rglob("*.py")
    if not str(path.relative_to(ROOT)).startswith(OWN_WORK)
)


def named(source: str) -> Iterator[tuple[int, str]]:
    """Every text of the program that is an adapter's noun or check, or begins or ends like one: line and text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(text := node.value, str):
            noun, dot, verb = text.partition(".")
            if text in NOUNS or text in CHECKS or (dot and not verb and noun in PREFIXES):
                yield node.lineno, text


def test_no_adapter_is_named() -> None:
    found = [
        f"{at}:{line}: {text!r}"
        for path in FILES
        if (at := str(path.relative_to(ROOT)))
        for line, text in named(path.read_text())
        if (at, text) not in ALLOWED
    ]
    assert not found, "\n".join(found)


def test_every_exception_is_still_needed() -> None:
    for at, text in ALLOWED:
        assert text in {one for _, one in named((ROOT / at).read_text())}, f"{at} no longer has {text!r}"
    assert set(WORDS) <= set(OURS)


@pytest.mark.parametrize("text", ["compose", "nats.reachable", "git.", "interlock.disarm", "host."])
def test_a_name_is_found(text: str) -> None:
    assert list(named(f"if use == {text!r}: pass")) == [(1, text)]


@pytest.mark.parametrize("text", ["interlock", "compose file", "host", "a.b"])
def test_words_are_left_alone(text: str) -> None:
    assert list(named(f"x = {text!r}")) == []
