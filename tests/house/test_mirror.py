"""A test file has the name of the module that it tests, in the same folder, or tells a story that is listed here.

And the other way round: a module of some size has a test file of its name, or a line that says where it is tested.
"""

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
    "states/proofs/test_spin.py": "all proofs against Spin, a model checker",
    "states/proofs/test_page.py": "the tables of docs/proofs.md",
    "workflow/cli/test_bad_arguments.py": "every argument that names a file, given what is none",
    "workflow/commands/test_reading.py": "status, history, events, check and graph over one journal",
    "workflow/engine/test_hostile_peers.py": "an armed and watched run against hostile peers on real sockets",
    "workflow/engine/test_in_time.py": "the printed longest run, on a clock that jumps",
    "workflow/journal/test_golden.py": "journals of every released format",
    "workflow/specfile/test_anything.py": "any text as a spec file",
    "workflow/specfile/test_misfits.py": "parameters that make a step impossible",
    "workflow/session/test_embed.py": "the documented example of driving a flow from Python",
    "workflow/session/test_many_runs.py": "twenty runs at once in one process",
}
"""Test files that follow one story through several modules, and what it is about."""

SMALL = 50
"""lines below which a module needs no test file of its own"""

HELD = ("states/", "adapters/", "workflow/display/", "workflow/plan/")
"""folders whose modules all have one"""

WITHOUT_STATES = {
    "states/draw/html/stylesheet.py": ("one string of CSS", "states/draw/svg/test_style.py"),
    "states/values.py": ("words and types that every room shares", "workflow/engine/test_decide.py"),
}

WITHOUT_ADAPTERS = {
    "adapters/compose/adapter.py": ("a list of what the folder offers", "workflow/postmortem/test_write.py"),
    "adapters/offers.py": ("protocols and the values that they return", "adapters/database/test_backups.py"),
    "adapters/preview.py": ("the words of a plan as types", "adapters/test_base.py"),
    "adapters/services/protocol.py": ("a protocol and what it returns", "adapters/services/test_health.py"),
}

WITHOUT_WORKFLOW = {
    "workflow/plan/model.py": ("a plan as types", "workflow/plan/test_collect.py"),
}

WITHOUT = {**WITHOUT_STATES, **WITHOUT_ADAPTERS, **WITHOUT_WORKFLOW}
"""Modules without a test file of their name: why, and the test file that uses them."""

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


MODULES = {module.path.relative_to(TOP).as_posix(): module for module in modules().values()}
OWN = {source_of(test, ".py") for test in TESTS}


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith(HELD) and not m.endswith("__init__.py")])
def test_a_module_has_a_test_file_of_its_name_or_a_line_here(module: str) -> None:
    small = MODULES[module].lines < SMALL
    assert small or module in OWN or module in WITHOUT, f"{module}: write tests/{mirrored(module)}"


def mirrored(module: str) -> str:
    folder, _, name = module.rpartition("/")
    return f"{folder}/test_{name}"


@pytest.mark.parametrize("module", WITHOUT)
def test_a_module_without_a_test_file_is_used_by_the_one_that_is_named(module: str) -> None:
    _, test = WITHOUT[module]
    assert MODULES[module].lines >= SMALL and module not in OWN, f"{module}: its line in WITHOUT says nothing"
    folder, _, name = MODULES[module].name.rpartition(".")
    text = (TOP / "tests" / test).read_text()
    assert f"{folder}.{name}" in text or f"{folder} import {name}" in text, f"tests/{test} does not use {module}"


def test_it_is_counted(record_property: Callable[[str, object], None]) -> None:
    known = [module for module in MODULES if not module.endswith("__init__.py")]
    named = sum(module in OWN for module in known)
    record_property("counted", f"house: {named} of {len(known)} modules have a test file of their own name")
