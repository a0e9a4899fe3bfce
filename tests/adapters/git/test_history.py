"""What lies between two commits: whose, and which files; forwards, backwards, and of commits that are not here yet."""

from __future__ import annotations

import pytest

from tests.adapters.checkout import Checkout, git
from titan_flow.adapters.git.history import MOST, between, log


async def test_what_a_deployment_brings(repo: Checkout) -> None:
    before = repo.head
    repo.commit("Second", compose="two\n")
    after = repo.commit("Third\twith a tab", **{"new\nfile": "x"})
    found = await between(repo.site, before, after)
    assert [(one.subject, one.author) for one in found.commits] == [("Third\twith a tab", "Olga"), ("Second", "Olga")]
    assert (found.commits[0].hash, found.count, found.back) == (after, 2, False)
    assert set(found.files) == {"compose", "new\nfile"}


async def test_what_a_rollback_takes_away(repo: Checkout) -> None:
    before = repo.head
    after = repo.commit("Second", compose="two\n")
    found = await between(repo.site, after, before)
    assert ([one.subject for one in found.commits], found.count, found.back) == (["Second"], 1, True)


async def test_between_a_commit_and_itself_there_is_nothing(repo: Checkout) -> None:
    found = await between(repo.site, repo.head, repo.head)
    assert (found.commits, found.count, found.back, found.files) == ((), 0, False, ())


async def test_a_commit_that_nobody_has_cannot_be_compared(repo: Checkout) -> None:
    with pytest.raises(LookupError):
        await between(repo.site, repo.head, "a" * 40)


async def test_an_authors_name_does_not_pass_for_a_time(repo: Checkout) -> None:
    before = repo.head
    git(repo.author, "config", "user.name", "x")
    git(repo.author, "commit", "-q", "--allow-empty", "--author", "Ol\t2020-01-01 <o@example.com>", "-m", "Second")
    git(repo.author, "push", "-q", "origin", "main")
    found = await between(repo.site, before, git(repo.author, "rev-parse", "HEAD"))
    assert found.commits[0].at.startswith("20") and "T" in found.commits[0].at


def test_as_many_commits_as_are_named() -> None:
    assert f"-{MOST}" in log("a", "b").argv and log("a", "b").argv[-2:] == ("a..b", "--")
