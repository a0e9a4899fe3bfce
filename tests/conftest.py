"""Fixtures that more than one room needs."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import plumbum
import pytest
from _pytest.terminal import TerminalReporter

if TYPE_CHECKING:
    from tests.workflow.rehearsal import Rehearsal


# It reads PATH once, when it is imported: not in the middle of a test that has another PATH.
assert plumbum.local.env["PATH"] == os.environ["PATH"]

GUARDS = Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".local/state/titan-flow/guards"


@pytest.fixture(scope="session", autouse=True)
def no_guard_stays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Guards lie in the home; those of this session's folders go with it, and those of folders that are gone."""
    yield
    base = tmp_path_factory.getbasetemp()
    all_of_ours = next((folder for folder in base.parents if folder.name.startswith("pytest-of-")), base)
    for guard in GUARDS.glob("*"):
        named = guard / "directory"
        directory = Path(os.fsdecode(named.read_bytes()).rstrip("\n")) if named.is_file() else Path("/")
        if directory.is_relative_to(base) or (directory.is_relative_to(all_of_ours) and not directory.exists()):
            shutil.rmtree(guard, ignore_errors=True)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """A sandbox with short holds, one release armed in it; taken down with everything that it started."""
    from tests.workflow.rehearsal import Rehearsal
    from titan_flow.workflow.sandbox import lifecycle as sandbox

    directory = tmp_path / "sandbox"
    sandbox.up(directory, steady="500ms", watch="1s")
    try:
        yield Rehearsal(directory, f"sqlite:///{tmp_path / 'journal.sqlite'}")
    finally:
        sandbox.down(directory)


ORDER = ("house", "specs", "states", "adapters", "workflow", "browser", "crash", "droplet")
"""Rooms: the fast ones first."""

LONGEST = ("titan", "cases1", "cases2", "adapter", "droplet", "brake", "laptops")
"""Groups that one worker does alone. With several workers they begin first: nobody waits for one at the end."""


DAEMONS = {"browser", "daemon", "directory", "fresh", "laptop", "nats_server", "offering", "olga", "rehearsal", "sshd"}
"""Fixtures that start a real daemon, a sandbox or a browser. Their tests are left out of `make quick`."""


def pytest_itemcollected(item: pytest.Item) -> None:
    if DAEMONS & set(getattr(item, "fixturenames", ())):
        item.add_marker("daemon")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_length if hasattr(config, "workerinput") else _room)


def _room(item: pytest.Item) -> int:
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    return ORDER.index(room) if room in ORDER else len(ORDER)


def _length(item: pytest.Item) -> int:
    """Long groups, then what has a sandbox or a daemon, then the rest. Needs pytest's `--no-loadscope-reorder`."""
    marker = item.get_closest_marker("xdist_group")
    if marker is not None and marker.args[0] in LONGEST:
        return LONGEST.index(marker.args[0])
    return len(LONGEST) + (item.get_closest_marker("daemon") is None)


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """What tests have counted (`record_property("counted", …)`), so that a run's output says it."""
    reports = terminalreporter.getreports("passed")
    lines = [str(text) for report in reports if report.when == "call" for _, text in report.user_properties]
    if lines:
        terminalreporter.section("counted")
        for line in sorted(lines):
            terminalreporter.write_line(line)
