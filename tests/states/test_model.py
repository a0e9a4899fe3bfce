"""What a flow says of its own parts."""

from __future__ import annotations

import pytest

from tests.states.flows import titan
from titan_flow.states.model import Step, edge_of

FLOW = titan()


def test_a_step_belongs_to_the_edge_that_its_id_names() -> None:
    assert Step("pull/1", "compose.pull").edge == edge_of("pull/12") == "pull"
    assert all(step.edge == edge.name for edge in FLOW.edges for step in edge.steps)


def test_a_step_is_found_by_its_id_in_transitions_and_recoveries() -> None:
    assert all(FLOW.step(step.id) is step for edge in FLOW.edges for step in edge.steps)


@pytest.mark.parametrize("id", ["pull/99", "nothing/1", "Armed/1", ""])
def test_what_no_edge_has_is_no_step(id: str) -> None:
    assert FLOW.step(id) is None


def test_the_one_edge_that_arms() -> None:
    assert [edge.name for edge in FLOW.edges if edge.arms] == ["arm"]
