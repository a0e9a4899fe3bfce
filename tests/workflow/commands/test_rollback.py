"""`titan-flow rollback`: it asks, says what it returns, and the hints after a run name what it would really do."""

from __future__ import annotations

import json

import pytest

from tests.workflow.rehearsal import Rehearsal
from titan_flow.states.events import ReleaseMarked

pytestmark = pytest.mark.daemon


def hint(rehearsal: Rehearsal) -> str:
    """What the hint after the run says of a rollback; empty where it gives none."""
    lines = [line for line in rehearsal.said.splitlines() if "titan-flow rollback" in line]
    return lines[-1].partition("   roll back to ")[2] if lines else ""


@pytest.mark.slow
def test_the_hint_names_the_release_that_a_rollback_returns_to(rehearsal: Rehearsal) -> None:
    first = rehearsal.status()["commit"]
    assert rehearsal.run() == 0, rehearsal.said
    second = rehearsal.status()["commit"]
    assert hint(rehearsal) == first[:7], rehearsal.said
    assert rehearsal.titan("rollback", str(rehearsal.spec), "--yes") == 0, rehearsal.said
    now = rehearsal.status()
    assert now["commit"] == first and not any(now["armed"].values())
    assert hint(rehearsal) == "", f"nothing older is known:\n{rehearsal.said}"
    assert rehearsal.titan("history", str(rehearsal.spec)) == 0
    newest = rehearsal.said.splitlines()[1]
    assert first[:7] in newest, "history names the commit that runs after the rollback"
    assert second[:7] not in newest
    assert rehearsal.titan("rollback", str(rehearsal.spec), "--yes") == 3, rehearsal.said


@pytest.mark.slow
def test_a_rollback_of_an_unfinished_run_asks_and_withdraws_its_release(rehearsal: Rehearsal) -> None:
    first = rehearsal.status()["commit"]
    assert rehearsal.run_dying("after-outcome", "arm/6") == -9
    left = rehearsal.newest()
    second = rehearsal.status()["commit"]
    assert rehearsal.titan("rollback", left.id) == 3, rehearsal.said
    assert f"and has no driver. Roll back to {first[:7]}?" in rehearsal.said
    assert "add --yes" in rehearsal.said
    assert rehearsal.newest().records == left.records, "nothing was changed"

    assert rehearsal.titan("rollback", left.id, "--yes") == 0, rehearsal.said
    assert "exit 0" in rehearsal.said
    assert rehearsal.titan("status", left.id) == 0, rehearsal.said
    marks = [r.event for r in rehearsal.newest().records if isinstance(r.event, ReleaseMarked)]
    assert [(m.release.commit, m.standing) for m in marks][-2:] == [(second, "withdrawn"), (first, "verified")]
    assert rehearsal.titan("history", str(rehearsal.spec), "--releases", "--json") == 0
    rows = {row["commit"]: row["standing"] for row in json.loads(rehearsal.said)}
    assert rows == {first: "verified", second: "withdrawn"}
    assert rehearsal.run() == 0, f"it is not bad: it can be deployed again\n{rehearsal.said}"
