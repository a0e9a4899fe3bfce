"""A test file has the name of the module that it tests, in the same folder, or tells a story that is listed here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.house.structure import ROOMS, TOP, modules

STORIES = {
    "adapters/git/test_proxy.py": "a host that reaches its git server through a proxy",
    "adapters/guard/test_disarm_record.py": "an emergency disarm against every driver and job on the host",
    "adapters/transport/test_scripts.py": "every shell script that is sent to a host, in every shell",
    "states/proofs/test_oracle.py": "all proofs about flows against brute force",
    "states/proofs/test_oracle_runs.py": "all proofs about runs against brute force",
    "states/proofs/test_page.py": "the tables of docs/proofs.md",
    "workflow/cli/test_bad_arguments.py": "every argument that names a file, given what is none",
    "workflow/commands/test_reading.py": "status, history, events, check and graph over one journal",
    "workflow/engine/test_hostile_peers.py": "an armed and watched run against hostile peers on real sockets",
    "workflow/engine/test_in_time.py": "the printed longest run, on a clock that jumps",
    "workflow/journal/test_golden.py": "journals of every released format",
    "workflow/plan/test_parts.py": "the pure parts of a plan",
    "workflow/specfile/test_anything.py": "any text as a spec file",
    "workflow/specfile/test_misfits.py": "parameters that make a step impossible",
    "workflow/session/test_embed.py": "the documented example of driving a flow from Python",
    "workflow/session/test_many_runs.py": "twenty runs at once in one process",
}
"""Test files that follow one story through several modules, and what it is about."""

TESTS = sorted(
    path.relative_to(TOP / "tests").as_posix() for room in ROOMS for path in (TOP / "tests" / room).rglob("test_*.py")
)


def source_of(test: str, suffix: str) -> str:
    folder, _, name = test.rpartition("/")
    return f"{folder}/{name.removeprefix('test_').removesuffix('.py')}{suffix}"


@pytest.mark.parametrize("test", TESTS)
def test_a_test_file_names_a_module_or_a_listed_story(test: str) -> None:
    named = any((TOP / source_of(test, suffix)).exists() for suffix in (".py", ".sh", "/__init__.py"))
    assert named or test in STORIES, f"tests/{test}: no such module; give it a module's name or a line in STORIES"


def test_every_listed_story_is_still_there() -> None:
    assert set(STORIES) <= set(TESTS)


def test_it_is_counted(record_property: Callable[[str, object], None]) -> None:
    known = [m for m in modules().values() if m.path.name != "__init__.py"]
    own = {source_of(test, ".py") for test in TESTS}
    named = sum(m.path.relative_to(TOP).as_posix() in own for m in known)
    record_property("counted", f"house: {named} of {len(known)} modules have a test file of their own name")
