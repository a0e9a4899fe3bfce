"""Tests inject what they need, or make the real condition: no name of the program is replaced while it runs.

An operator's environment variables and standard streams are real conditions.
"""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
PATCHES = ("monkeypatch." + "setattr", "patch(" + '"titan_flow')


def test_no_test_replaces_a_name() -> None:
    found = [
        f"{path.relative_to(TESTS.parent)}:{number}: {line.strip()}"
        for path in TESTS.rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(patch in line for patch in PATCHES)
    ]
    assert not found, "\n".join(found)
