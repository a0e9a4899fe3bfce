"""An index.lock that stands, as a symptom with the line to type."""

from __future__ import annotations

from pathlib import Path

from tests.adapters.checkout import Checkout
from titan_flow.adapters.git.left_lock import LeftLock


async def test_a_lock_that_was_left_behind_is_a_symptom_and_the_next_line_removes_it(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path)
    assert await LeftLock().symptoms(checkout.site) == ()
    lock = checkout.here / ".git/index.lock"
    lock.touch()
    (found,) = await LeftLock().symptoms(checkout.site)
    assert found.name == "git" and f"{lock} was left behind" in found.evidence[0] and not found.first
    assert found.next.argv == ("rm", str(lock))


async def test_the_git_that_holds_a_lock_is_looked_at_first(tmp_path: Path) -> None:
    checkout = Checkout.make(tmp_path)
    lock = checkout.here / ".git/index.lock"
    with lock.open("w"):
        (found,) = await LeftLock().symptoms(checkout.site)
    assert "is held by" in found.evidence[0] and found.next.argv[0] == "ps"
