"""git's command lines, and what it answers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.adapters.checkout import Checkout, git
from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.git.argv import (
    Lock,
    fetch_all,
    fetch_branch,
    our_paths,
    read_changes,
    read_lock,
    read_log,
    read_names,
    read_tip,
    tracking,
)
from titan_flow.adapters.offers import Commit


def test_the_right_line_of_ls_remote_is_read() -> None:
    out = f"{'a' * 40}\trefs/heads/refs/heads/main\n{'b' * 40}\trefs/heads/main\n"
    assert read_tip(out, "main") == "b" * 40
    assert read_tip(out, "mai") is None


@pytest.mark.parametrize(
    ("path", "link", "carried"),
    [
        (".local/state/titan-flow/guards/x/epoch", False, ".local/state/titan-flow"),
        (".local", True, ".local"),
        (".local/state", True, ".local/state"),
        (".local/bin/tool", False, ""),
    ],
)
def test_where_the_home_is_the_checkout_the_guards_are_ours_too(
    repo: Checkout, tmp_path: Path, path: str, link: bool, carried: str
) -> None:
    """As for a system user whose home is the deployed directory."""
    there = repo.author / path
    there.parent.mkdir(parents=True, exist_ok=True)
    there.symlink_to("elsewhere") if link else there.write_text("x")
    evil = repo.commit("Evil")
    git(repo.here, "pull", "-q")
    nobody = tmp_path / "bin/id"
    nobody.parent.mkdir()
    nobody.write_text("#!/bin/sh\n")
    nobody.chmod(0o755)
    environment = {**os.environ, "HOME": str(repo.here), "PATH": f"{nobody.parent}:{os.environ['PATH']}"}
    for directory in (repo.here, repo.here / "deeper"):
        directory.mkdir(exist_ok=True)
        done = subprocess.run(our_paths(evil).argv, cwd=directory, env=environment, capture_output=True, text=True)
        assert (done.stdout.strip(), done.returncode) == (carried, 1 if carried else 0), done.stderr


@pytest.mark.parametrize(
    ("out", "age", "holders"),
    [
        ("/x/index.lock\n5\n", 5, ()),
        ("/x/index.lock\n-3\ngit 7\nbash 8\n", -3, ("git 7", "bash 8")),
        ("", None, ()),
        ("/x/index.lock\n", None, ()),
        ("/x/index.lock\n²\n", None, ()),
        ("/x/index.lock\n--5\n", None, ()),
        ("/x/index.lock\n" + "9" * 5000, None, ()),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_lock_is_read_or_there_is_none(out: str, age: int | None, holders: tuple[str, ...]) -> None:
    found = read_lock(CommandResult(0, out))
    assert (found.age if found else None, found.holders if found else ()) == (age, holders)


@pytest.mark.parametrize(
    ("out", "status", "found"),
    [
        ("h\0Olga\0at\0Subject", 0, Commit("h", "Subject", "Olga", "at")),
        ("h\0Olga\0at\0Subject", 128, None),
        ("h\0Olga\0at", 0, None),
        ("", 0, None),
        ("h\0Ol\tga\0at\0a\tb", 0, Commit("h", "a\tb", "Ol\tga", "at")),
    ],
)
def test_a_commit_is_read_in_its_parts(out: str, status: int, found: Commit | None) -> None:
    assert read_log(CommandResult(status, out)) == found


def test_names_may_hold_anything_but_a_zero() -> None:
    assert read_names("a b\0new\nline\0") == ("a b", "new\nline")
    assert read_changes(" M a b\0?? x\0\0M\0") == ("a b", "x")


def test_each_branch_has_one_name_of_ours() -> None:
    names = [tracking("origin", branch) for branch in ("a", "a/b", "a%2Fb", "a%2fb")]
    assert len(set(names)) == 4 and all(name.count("/") == 3 for name in names)


@pytest.mark.parametrize("command", [fetch_branch("origin", "main"), fetch_all("origin")])
def test_a_fetch_moves_no_ref_of_anybody(command: Command) -> None:
    assert {"--no-tags", "--no-write-fetch-head", "--refmap="} <= set(command.argv) and not command.sudo
    assert all(":refs/titan-flow/" in word for word in command.argv if word.startswith("+refs/"))
    assert command.env["GIT_TERMINAL_PROMPT"] == "0"


@pytest.mark.parametrize(("holders", "said"), [((), "rm /x/index.lock"), (("git 7",), "is held by git 7, since 5 s")])
def test_a_lock_says_what_to_do(holders: tuple[str, ...], said: str) -> None:
    assert said in Lock("/x/index.lock", 5, holders).says
