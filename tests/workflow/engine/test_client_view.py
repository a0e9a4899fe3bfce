"""What a client saw of a deployment, on a sandbox: its verify step asks an address over HTTP."""

from __future__ import annotations

import json

import pytest

from tests.workflow.rehearsal import Rehearsal
from titan_flow.states import events as e
from titan_flow.workflow.display.cost import cost


@pytest.mark.slow
def test_an_up_is_watched_by_a_client(rehearsal: Rehearsal) -> None:
    rehearsal.release("good")
    assert rehearsal.run() == 0, rehearsal.said
    records = rehearsal.newest().records
    views = [view for r in records if isinstance(r.event, e.StepDone) and r.event.client for view in r.event.client]
    assert views and all(view.asked >= 1 and view.address.startswith("http://") for view in views)
    assert all("verify" in "".join(view.checks) for view in views)
    spent = cost(records).client
    assert spent is not None and 0 < max(spent.values()) < (records[-1].at - records[0].at).total_seconds()
    assert rehearsal.titan("status", rehearsal.newest().id, "--json") == 0
    assert json.loads(rehearsal.said)["downtime"]["measured"] == "client"
