"""A plan's hash: what moved since is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.journal.sample import started
from tests.workflow.plan.plans import plan
from titan_flow.adapters.preview import Change
from titan_flow.states.release import Image
from titan_flow.workflow.plan.digest import agrees, digests, short


def test_what_moved_is_named() -> None:
    old, new = plan(), plan()
    assert agrees(short(old), new) == ""
    assert "the spec" in agrees(short(old), replace(new, started=started().model_copy(update={"spec_sha256": "x"})))
    assert "the host" in agrees(short(old), replace(new, seen=replace(new.seen, instances={"app": ("c2",)})))
    moved = replace(new, services={**new.services, "db": Change("recreated", to=Image(id="sha256:3"))})
    assert agrees(short(old), moved) == "the commit, or the images that it would run"
    # Words that only tell why change nothing.
    assert agrees(short(old), replace(new, drift=("by hand",), red=())) == ""


@pytest.mark.parametrize("wrong", ["", "12345678", "zzzzzzzz-12345678-12345678", "1234-1234-1234"])
def test_what_is_no_hash(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a plan's hash"):
        agrees(wrong, plan())


@pytest.mark.parametrize("end", [8, 12, 64])
def test_more_digits_of_each_part_are_taken_too(end: int) -> None:
    whole = digests(plan())
    given = "-".join(whole[part][:end] for part in ("spec", "host", "commit"))
    assert agrees(f" {given.upper()}\n", plan()) == ""
    wrong = given[:-1] + ("0" if given[-1] != "0" else "1")
    assert agrees(wrong, plan()) == "the commit, or the images that it would run"


def test_the_commit_is_not_part_of_what_was_asked() -> None:
    """The commit has a part of its own, so that a new tip of a branch is not called another spec."""
    other = started().model_copy(update={"params": {"commit": "f" * 40}})
    assert agrees(short(plan()), replace(plan(), started=other)) == "the commit, or the images that it would run"
    asked = started().model_copy(update={"params": {**started().params, "reason": "x"}})
    assert agrees(short(plan()), replace(plan(), started=asked)).startswith("the spec")
