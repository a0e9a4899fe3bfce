"""What a command may load before it works. Counts, not times: `python -m bench.starts` has the milliseconds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.journal.sample import records
from titan_flow.workflow.journal.location import open_journal

SPECS = Path(__file__).parents[2] / "specs"
MOVES = (
    *("_ssl", "asyncio.events", "httpx", "h11", "nats", "plumbum", "regex._regex", "rich", "subprocess", "tenacity"),
    "transitions",
)
"""what only moves or draws in place"""
SPEC = ("yaml", "titan_flow.adapters.base", "titan_flow.states.proofs", "titan_flow.workflow.specfile")
"""what only reads a spec"""
HOST = (
    "titan_flow.adapters.guard",
    "titan_flow.adapters.site",
    "titan_flow.adapters.transport",
    "titan_flow.workflow.connect",
    "titan_flow.workflow.session",
)
JOURNAL = ("platformdirs", "sqlite3", "titan_flow.workflow.engine", "titan_flow.workflow.journal.sqlite")
UNNAMED = tuple(
    f"titan_flow.adapters.{noun}" for noun in ("database", "firewall", "github", "http", "nats", "supervisor")
)
"""adapters that specs/compose.yaml does not name"""


def loaded(code: str, store: str = "") -> set[str]:
    """The modules that a fresh python has after running the code."""
    counted = f"import sys, atexit\natexit.register(lambda: print(*sys.modules, file=sys.__stderr__))\n{code}"
    environment = {**os.environ, "TITAN_FLOW_STORE": store}
    argv = [sys.executable, "-c", counted]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return set(done.stderr.splitlines()[-1].split())


def forbidden(modules: set[str], *prefixes: str) -> set[str]:
    return {name for name in modules for prefix in prefixes if name == prefix or name.startswith(f"{prefix}.")}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('starts')}/journal.db"
    journal = open_journal(url)
    for record in records():
        journal.append(record.run, record.seq - 1, record.event, record.at)
    journal.close()
    return url


@pytest.mark.slow
@pytest.mark.parametrize(
    ("argv", "most", "without"),
    [
        (["history"], 300, (*MOVES, *SPEC, *HOST)),
        (["history", "--json"], 300, (*MOVES, *SPEC, *HOST)),
        (["status", "7Q3F"], 430, MOVES),
        (["check", str(SPECS / "titan.yaml")], 470, (*MOVES, *JOURNAL)),
        (["check", str(SPECS / "compose.yaml")], 425, (*MOVES, *JOURNAL, *UNNAMED)),
    ],
    ids=("history", "history as JSON", "status", "check titan", "check compose"),
)
def test_a_start_loads_only_what_it_needs(argv: list[str], most: int, without: tuple[str, ...], store: str) -> None:
    modules = loaded(f"from titan_flow.workflow.cli.main import main\nmain({argv!r})", store)
    assert not forbidden(modules, *without)
    assert len(modules) < most


def test_what_is_forbidden_would_be_seen() -> None:
    code = "import asyncio, titan_flow.adapters.site, titan_flow.workflow.specfile.load"
    assert {"asyncio.events", "_ssl", "regex._regex", "titan_flow.adapters.site"} <= forbidden(
        loaded(code), *MOVES, *SPEC, *HOST
    )
