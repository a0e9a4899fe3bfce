"""A flow as `adopt` runs it: it verifies, records, and touches nothing that runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.states.flows import compose, look, titan, with_state, with_transition
from titan_flow.states.adoption import Unfit, shaped
from titan_flow.states.model import Flow
from titan_flow.states.proofs.graph import Graph


@pytest.mark.parametrize("purpose", ["deploy", "rollback", "arm", "disarm", ""])
def test_every_other_purpose_sees_the_flow_itself(purpose: str) -> None:
    flow = titan()
    assert shaped(flow, purpose) is flow


@pytest.mark.parametrize("flow", [titan(), compose()], ids=lambda flow: flow.name)
def test_it_verifies_then_records_and_is_there(flow: Flow) -> None:
    adopted = shaped(flow, "adopt")
    verify, record = adopted.transitions.values()
    assert (verify.name, verify.source, verify.target) == ("verify", "Ready", "Verified")
    assert (record.name, record.source, record.target) == ("record", "Verified", "Recorded")
    assert [name for name, state in adopted.states.items() if state.goal and name in Graph.of(adopted).reached] == [
        "Recorded"
    ]


@pytest.mark.parametrize("flow", [titan(), compose()], ids=lambda flow: flow.name)
def test_nothing_but_the_snapshot_acts_and_whatever_fails_refuses(flow: Flow) -> None:
    adopted = shaped(flow, "adopt")
    assert [step.touches for edge in adopted.edges for step in edge.actions] == ["snapshot"]
    assert {to for edge in adopted.edges for to in (edge.on_failure, edge.on_unknown)} == {"Refused"}
    assert not adopted.recoveries and not adopted.prove


def test_the_checks_of_the_verification_are_the_flows_own() -> None:
    adopted = shaped(titan(), "adopt")
    assert adopted.transitions["verify"].checks == titan().transitions["verify"].checks
    assert adopted.transitions["record"].checks == (), "they judge a host before a deployment, not what runs"


def test_a_goal_that_arms_is_neither_armed_nor_watched() -> None:
    """Where the verified state was a gate, or the recorded one had a watch, the adopted flow waits for neither."""
    watch = titan().states["Armed"].watch
    adopted = shaped(with_state(titan(), replace(titan().states["Verified"], watch=watch)), "adopt")
    for name in ("Verified", "Recorded"):
        state = adopted.states[name]
        assert not state.gate and state.watch is None and state.interlock == "any"


def test_the_last_verification_before_the_goal_counts() -> None:
    flow = titan()
    early = replace(flow.transitions["pull"], actions=(), checks=(look("pull/1"),))
    assert "verify" in shaped(with_transition(flow, early), "adopt").transitions


def test_without_a_state_of_its_own_for_refusals_it_parks_or_ends_at_another_end() -> None:
    flow = titan()
    record = replace(flow.transitions["record"], on_failure="fast_rollback")
    adopted = shaped(with_transition(flow, record), "adopt")
    assert adopted.transitions["verify"].on_failure == "RolledBack", "the first end state that is declared"
    no_rest = {name: replace(state, rest=False) for name, state in flow.states.items()}
    assert shaped(replace(flow, states=no_rest), "adopt").transitions["verify"].on_failure == "park"


@pytest.mark.parametrize(
    ("edge", "said"), [("verify", "no transition that only verifies"), ("record", "records no release")]
)
def test_a_flow_that_lacks_one_of_the_two_is_unfit(edge: str, said: str) -> None:
    flow = titan()
    bare = replace(flow.transitions[edge], actions=(), checks=())
    with pytest.raises(Unfit, match=said):
        shaped(with_transition(flow, bare), "adopt")


def test_a_way_that_is_a_ring_ends() -> None:
    flow = titan()
    ring = replace(flow.transitions["fetch"], target="Recorded", checks=())
    with pytest.raises(Unfit, match="only verifies"):
        shaped(with_transition(flow, ring), "adopt")
