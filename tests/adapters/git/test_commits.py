"""Commits as the host's checkout has them; what is missing is fetched into refs of our own."""

from __future__ import annotations

import pytest

from tests.adapters.checkout import Checkout, git
from tests.adapters.git.performed import state
from titan_flow.adapters.git.commits import describe


async def test_a_commit_is_described_before_it_is_here(repo: Checkout) -> None:
    newest, before = repo.commit("Second", compose="two\n"), state(repo)
    found = await describe(repo.site, newest)
    assert (found.hash, found.subject, found.author) == (newest, "Second", "Olga")
    assert "T" in found.at
    assert state(repo) == before
    with pytest.raises(LookupError, match="no branch of origin"):
        await describe(repo.site, "a" * 40)


async def test_branches_may_come_where_a_branch_was(repo: Checkout) -> None:
    repo.commit("Early", branch="feature")
    await describe(repo.site, repo.commit("Second"))
    git(repo.author, "push", "-q", "origin", "--delete", "feature")
    git(repo.author, "branch", "-m", "feature", "old")
    late = repo.commit("Late", branch="feature/x")
    before = state(repo)
    assert (await describe(repo.site, late)).subject == "Late"
    assert state(repo) == before
