"""The sandbox: what stands there, and what is refused."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.nobody import opened
from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.sandbox import processes
from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import SERVICES, standing
from titan_flow.workflow.sandbox.repository import git

AS_NOBODY = """\
import os, sys
from titan_flow.workflow.cli import errors, main
from titan_flow.workflow.commands import sandbox
from titan_flow.workflow import output
os.setuid(65534)
sys.exit(main.main(["sandbox", *sys.argv[1:]]))
"""
"""everything is loaded first: what holds the package may be closed to others"""


def test_one_release_is_armed_and_a_newer_one_waits(directory: Path) -> None:
    layout, seen = standing(directory), sandbox.status(directory)
    assert seen.keys() == {"commit", "services", "armed", "received"}
    assert seen["commit"] == git(layout.origin, "rev-parse", "main~1")
    assert {name: one["release"] for name, one in seen["services"].items()} == dict.fromkeys(SERVICES, "r1")
    for one in seen["services"].values():
        assert one.keys() == {"running", "health", "release", "started"}
        assert (one["running"], one["health"]) == (True, "healthy") and one["started"].endswith("+00:00")
    assert seen["armed"] == {"brain": True, "execution": True}
    [arm] = seen["received"]
    assert arm.keys() == {"at", "command", "reason", "id"} and arm["command"] == "arm"
    assert git(layout.checkout, "status", "--porcelain") == ""
    authors = git(layout.origin, "log", "--format=%an %s", "main").splitlines()
    assert len(set(authors)) == 2, "a history by several people"


def test_its_spec_is_ready_to_run(directory: Path) -> None:
    from tests.specfiles import load

    spec = load(str(directory / "spec.yaml"))
    assert spec.target.directory == str(directory / "opt") and spec.flow.interlocked
    assert "@" not in re.sub(r"#.*", "", spec.text), "every placeholder is filled in"


def test_its_secret_stays_where_it_is(directory: Path) -> None:
    layout = standing(directory)
    password = layout.password.read_text().strip()
    assert layout.password.stat().st_mode & 0o077 == 0 and (layout.run / "nats.conf").stat().st_mode & 0o077 == 0
    assert password not in layout.spec.read_text() + layout.card.read_text()
    for pid in processes.living(layout.root):
        told = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        assert password.encode() not in told


def test_the_module_is_a_program(directory: Path) -> None:
    argv = [sys.executable, "-m", "titan_flow", "sandbox", "status", str(directory), "--json"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and json.loads(done.stdout) == sandbox.status(directory)


def test_a_second_one_in_the_same_place_is_refused(directory: Path) -> None:
    with pytest.raises(SandboxError, match=r"a sandbox is already here.*titan-flow sandbox down"):
        sandbox.up(directory)
    assert sandbox.status(directory)["armed"]["brain"]


def test_a_directory_of_another_owner(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("mine")
    with pytest.raises(SandboxError, match="not empty"):
        sandbox.up(tmp_path)
    with pytest.raises(SandboxError, match="Not a directory"):
        sandbox.up(tmp_path / "letters")
    with pytest.raises(SandboxError, match="cannot hold '%'"):
        sandbox.up(tmp_path / "100%")
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_pipe_in_the_place_of_its_card_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sandbox.json")
    with pytest.raises(SandboxError, match="not a plain file"):
        sandbox.status(tmp_path)


@pytest.mark.parametrize("verb", ["status", "down", "release"])
def test_where_none_stands(verb: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"there is no sandbox here.*titan-flow sandbox up"):
        getattr(sandbox, verb)(tmp_path / "nothing", *(["good"] if verb == "release" else []))


@pytest.mark.parametrize(
    ("kind", "after", "words"),
    [
        ("goood", None, "no kind of release; one of: good, unhealthy"),
        ("good", 3.0, "--after is for late-failure"),
        ("late-failure", -1.0, "more than 0"),
        ("late-failure", float("nan"), "more than 0"),
    ],
)
def test_a_release_that_makes_no_sense(kind: str, after: float | None, words: str, directory: Path) -> None:
    tip = git(standing(directory).origin, "rev-parse", "main")
    with pytest.raises(SandboxError, match=words):
        sandbox.release(directory, kind, after)
    assert git(standing(directory).origin, "rev-parse", "main") == tip


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("inside", ["", "new"])
@pytest.mark.parametrize("verb", ["up", "status", "down"])
def test_a_folder_that_is_closed_to_us_is_one_line(verb: str, inside: str, tmp_path: Path) -> None:
    opened(tmp_path)
    (tmp_path / "closed").mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, verb, str(tmp_path / "closed" / inside)], capture_output=True, text=True
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "Permission denied" in done.stderr
