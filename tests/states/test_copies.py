from __future__ import annotations

import dataclasses

import pytest

from tests.workflow.journal.sample import records
from titan_flow.states.copies import replace
from titan_flow.states.run import Progress, Run, fold


def test_it_copies_as_dataclasses_do() -> None:
    run = fold(records())
    assert replace(run, state="Up", seq=4) == dataclasses.replace(run, state="Up", seq=4)
    assert replace(Progress(tries=1), tries=2) == Progress(tries=2)
    assert fold(records()) == run, "the one that was copied stays as it was"


def test_a_copy_is_as_frozen_as_what_it_was_made_from() -> None:
    run = replace(fold(records()), state="Up")
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.state = "Down"  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(run, Run)


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Progress has no trys"):
        replace(Progress(), trys=1)
