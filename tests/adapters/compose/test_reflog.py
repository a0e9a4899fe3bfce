"""When the checkout moved, by git's log of HEAD."""

from __future__ import annotations

import pytest

from titan_flow.adapters.compose.reflog import CHECKOUT, Move, Reflog, read_reflog

ZERO, ONE, TWO, THREE = "0" * 40, "1" * 40, "2" * 40, "3" * 40
LOG = Reflog([Move(ONE, TWO, 100), Move(TWO, THREE, 200)])


@pytest.mark.parametrize(
    ("time", "commit"), [(99.9, ONE), (100.0, TWO), (150.0, TWO), (199.9, TWO), (200.0, THREE), (1e9, THREE)]
)
def test_which_commit_lay_there(time: float, commit: str) -> None:
    assert LOG.head(time) == commit


def test_before_the_first_commit_nothing_is_known() -> None:
    assert Reflog([Move(ZERO, ONE, 100)]).head(50.0) is None
    assert Reflog().head(50.0) is None


@pytest.mark.parametrize(("time", "count"), [(0.0, 2), (100.0, 2), (100.9, 2), (101.0, 1), (200.9, 1), (201.0, 0)])
def test_what_git_did_from_that_second_on(time: float, count: int) -> None:
    """git writes whole seconds: what it did in the same one counts."""
    assert len(LOG.since(time)) == count


@pytest.mark.parametrize(
    ("time", "wrote"),
    [(100.0, True), (100.0 - CHECKOUT, True), (99.0 - CHECKOUT, False), (200.5, True), (201.0, False)],
)
def test_whether_git_may_have_written_a_file(time: float, wrote: bool) -> None:
    """The files come first, then the line in the log: at most that long after them."""
    assert LOG.wrote(time) is wrote


def test_lines_of_another_form_are_left_out() -> None:
    good = f"{ONE} {TWO} 100"
    bad = [f"{ONE} {TWO}", f"{ONE} {TWO} soon", f"{ONE[:-1]} {TWO} 1", f"{ONE} {TWO} {'9' * 13}", "", f"x {good}"]
    assert read_reflog("\n".join([*bad, good])).moves == [Move(ONE, TWO, 100)]
