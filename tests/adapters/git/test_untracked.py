"""git.clean before a commit is checked out: what would be lost; and who holds a lock."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.adapters.checkout import Checkout, git
from titan_flow.adapters.git.adapter import Clean, OnBranch
from titan_flow.adapters.git.untracked import obstacles
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation


@pytest.fixture
def repo(tmp_path: Path) -> Checkout:
    return Checkout.make(tmp_path)


def newer(repo: Checkout) -> str:
    """A commit, not yet here, that brings `notes`, `conf` and `data/a/b`."""
    (repo.author / "data/a").mkdir(parents=True)
    (repo.author / "data/a/b").write_text("theirs\n")
    return repo.commit("Second", notes="theirs\n", conf="theirs\n")


async def look(repo: Checkout, commit: str) -> Observation:
    return await Clean(commit=commit).look(repo.site, None)


async def test_unrelated_untracked_files_do_not_matter(repo: Checkout) -> None:
    commit = newer(repo)
    (repo.here / "mine").write_text("x")
    (repo.here / "other").mkdir()
    (repo.here / "other/notes").write_text("x")
    seen = await look(repo, commit)
    assert (seen.yes, seen.says) == (True, f"no tracked file differs from HEAD, {commit[:7]} overwrites no other")
    assert repo.head != commit, "nothing was checked out"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("notes", "notes"),
        ("data/a/b", "data/a/b"),  # the whole folder is untracked
        ("data", "data"),  # a file where a folder is wanted
        ("conf/x", "conf"),  # a folder where a file is wanted
    ],
)
async def test_what_would_be_overwritten_is_named(repo: Checkout, path: str, named: str) -> None:
    commit = newer(repo)
    (repo.here / path).parent.mkdir(parents=True, exist_ok=True)
    (repo.here / path).write_text("mine\n")
    seen = await look(repo, commit)
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert seen.evidence["untracked"] == [named] and f"{commit[:7]} would overwrite it" in seen.says
    assert (repo.here / path).read_text() == "mine\n"


async def test_a_name_that_is_a_secrets_value_is_found(repo: Checkout) -> None:
    """A database user is called as its folder: git is asked for the folder; what is kept of it is masked later."""
    commit = newer(repo)
    (repo.here / "data/a").mkdir(parents=True)
    (repo.here / "data/a/b").write_text("mine\n")
    site = Site(LocalHost(), str(repo.here))
    site.redactor.add("data/a/b")
    seen = await Clean.model_validate({"commit": commit}).look(site, None)
    assert seen.answer is Answer.NO and seen.evidence["untracked"] == ["data/a/b"]


async def test_ignored_files_are_overwritten_too(repo: Checkout) -> None:
    commit = newer(repo)
    (repo.here / ".git/info/exclude").write_text("notes\n")
    (repo.here / "notes").write_text("mine\n")
    assert (await look(repo, commit)).evidence["untracked"] == ["notes"]


async def test_a_commit_that_does_not_exist_is_unknown(repo: Checkout) -> None:
    seen = await look(repo, "a" * 40)
    assert seen.answer is Answer.UNKNOWN and "is not here, and origin does not give it" in seen.says


async def test_two_checks_that_fetch_do_not_fight_for_the_ref(repo: Checkout) -> None:
    site = repo.site
    for round in range(2):
        commit = repo.commit(f"Round {round}", compose=f"{round}\n")
        both = await asyncio.gather(Clean(commit=commit).look(site, None), OnBranch(commit=commit).look(site, None))
        assert all(one.yes for one in both), both


async def test_whoever_has_the_lock_open_is_named(repo: Checkout) -> None:
    lock = repo.here / ".git/index.lock"
    lock.touch()
    seen = await Clean().look(repo.site, None)
    assert seen.final and seen.remedy.endswith(f"rm {lock}"), seen
    holder = subprocess.Popen(["sh", "-c", f"exec 9>>'{lock}'; echo held; read _"], cwd="/", stdin=-1, stdout=-1)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        seen = await Clean().look(repo.site, None)
        assert (seen.answer, seen.final, seen.remedy) == (Answer.NO, False, "wait for it")
        assert seen.evidence["holders"] == [f"sh {holder.pid}"] and f"held by sh {holder.pid}" in seen.says
    finally:
        holder.kill()
        holder.communicate()
    assert git(repo.here, "rev-parse", "HEAD") == repo.head


def test_obstacles() -> None:
    assert obstacles(["a", "b", "c/d", "e"], {"a", "b/x/y", "c", "f"}) == ["a", "b"]
