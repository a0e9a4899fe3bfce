"""Which release a rollback returns to: data in, answers out."""

from __future__ import annotations

from collections.abc import Sequence

from titan_flow.states.release import Image, Mark, Release, Releases, Standing


def release(name: str, image: str = "", digest: str | None = None) -> Release:
    return Release(commit=name * 40, images={"app": Image(id=f"sha256:{image or name}", digest=digest)})


def mark(epoch: int, what: Release, standing: Standing = "verified", snapshot: bool = False) -> Mark:
    run = f"RUN{epoch}"
    return Mark(run=run, seq=9, epoch=epoch, release=what, standing=standing, why=f"{run} said so", snapshot=snapshot)


def known(*marks: Mark) -> Releases:
    return Releases.read([one.model_dump_json() for one in reversed(marks)])


def commits(releases: Sequence[Release]) -> str:
    return "".join(one.commit[0] for one in releases)


A, B, C = release("a"), release("b"), release("c")


def test_newest_first_by_the_hosts_epochs_in_any_order() -> None:
    assert commits(known(mark(1, A), mark(2, B), mark(3, C)).verified) == "cba"


def test_the_last_word_on_a_release_counts() -> None:
    found = known(mark(1, A), mark(2, B), mark(3, B, "bad"))
    assert (commits(found.verified), found.bad_commits) == ("a", ("b" * 40,))
    assert commits(known(mark(1, B, "bad"), mark(2, B)).verified) == "b"


def test_one_commit_with_another_image_is_another_release() -> None:
    """A moved `:latest`: the commit is good with one image and bad with another."""
    moved = release("a", image="other")
    found = known(mark(1, A), mark(2, moved, "bad"))
    assert found.verified == (A,)
    assert found.is_bad(moved) and not found.is_bad(A)
    assert found.bad_commits == ("a" * 40,), "deploying that commit again is asked about"


def test_a_digest_that_only_an_older_mark_knows_is_not_lost() -> None:
    found = known(mark(1, release("a", digest="r/a@sha256:1")), mark(2, A), mark(3, B))
    assert found.verified[1].images["app"].digest == "r/a@sha256:1"


def test_a_withdrawn_release_is_neither_bad_nor_verified_by_that() -> None:
    found = known(mark(1, A), mark(2, B, "withdrawn"))
    assert (commits(found.verified), found.bad_commits) == ("a", ())
    found = known(mark(1, A), mark(2, B), mark(3, B, "withdrawn"), mark(4, C, "bad"), mark(5, C, "withdrawn"))
    assert (commits(found.verified), found.bad_commits) == ("ba", ("c" * 40,)), "what it was before, it stays"


def test_back_twice_goes_further_back_and_never_forth() -> None:
    found = known(mark(1, A), mark(2, B), mark(3, C), mark(4, B))
    assert found.before(C) == B
    assert found.before(B) == A, "not to C, which was rolled back from"
    assert found.before(A) is None
    again = known(mark(1, A), mark(2, B), mark(3, C), mark(4, B), mark(5, A), mark(6, C))
    assert again.before(C) == A, "what ran before C was brought again"


def test_from_what_was_never_verified_back_leads_to_the_newest_that_was() -> None:
    found = known(mark(1, A), mark(2, B), mark(3, C, "bad"))
    assert found.before(C) == found.before(None) == B


def test_a_release_by_the_run_that_brought_it_or_by_its_commit() -> None:
    found = known(mark(1, A, snapshot=True), mark(1, B), mark(2, C, "bad"))
    assert found.of("RUN1") == found.of("run1") == B
    assert found.of("aaaaaaa") == A
    assert found.of("RUN2") is found.of("ccccccc") is found.of("aaaaaa") is None
    assert (found.run_of(B), found.run_of(A)) == ("RUN1", None)


def test_a_damaged_line_is_counted_and_stops_nothing() -> None:
    found = Releases.read([mark(1, A).model_dump_json(), '{"run":"X', "", "[]"])
    assert (found.verified, found.unread) == ((A,), 2)


def test_two_records_are_the_same_release_by_commit_and_ids() -> None:
    assert A.same(A.model_copy(update={"env": "0" * 64})) and A.same(release("a", digest="r/a@sha256:1"))
    assert not A.same(None) and not A.same(release("a", image="other"))
