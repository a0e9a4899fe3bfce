"""`nuclear_rollback` of specs/titan.yaml: an operator's alone, and in the order that loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.specfiles import load, loads
from titan_flow.workflow.specfile.errors import SpecError

TITAN = Path(__file__).parents[2] / "specs" / "titan.yaml"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("on_failure: fast_rollback, on_unknown: park}", "on_failure: nuclear_rollback, on_unknown: park}"),
        ("{then: verify_rollback}", "{then: nuclear_rollback}"),
        ("check: [green, alerts], on_failure: fast_rollback", "check: [green, alerts], on_failure: nuclear_rollback"),
    ],
    ids=["a failure", "a then", "the watch"],
)
def test_nothing_may_lead_there_by_itself(old: str, new: str) -> None:
    text = TITAN.read_text()
    assert text.count(old) == 1
    with pytest.raises(SpecError, match="may destroy data"):
        loads(text.replace(old, new), "titan.yaml")


def test_dumped_before_anything_is_destroyed_and_ended_disarmed() -> None:
    recovery = load(str(TITAN)).flow.recoveries["nuclear_rollback"]
    uses = [step.use for step in recovery.actions]
    assert recovery.by_operator
    assert uses == [
        "interlock.disarm",
        "database.dump",
        "compose.down",
        "git.reset_to",
        "compose.up",
        "database.restore",
        "git.reset_to",
        "compose.up",
        "interlock.disarm",
    ]
    assert [step.use for step in recovery.actions if step.destroys] == ["database.restore"]
