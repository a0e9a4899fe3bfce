"""`specs/titan.yaml` says what the runbook says: its order, its waits, and where each failure leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.specfiles import load
from titan_flow.states.model import Flow
from titan_flow.states.proofs.prove import prove

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.yaml"))
TITAN = next(file for file in SPECS if file.name == "titan.yaml")


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load(str(TITAN)).flow


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.name)
def test_every_spec_is_proved_and_marks_what_is_to_be_edited(file: Path) -> None:
    assert prove(load(str(file)).flow) == []
    assert "EDIT" in file.read_text()


def test_the_way_there_is_the_runbooks_order(flow: Flow) -> None:
    way, state = list[str](), flow.initial.name
    while (onward := flow.onward(state)) is not None and not flow.states[state].goal:
        way.append(onward.name)
        state = onward.target
    assert way == ["record", "disarm", "fetch", "pull", "up", "verify", "arm"]
    assert state == "Armed" and flow.states[state].goal


def test_nothing_is_armed_sooner_than_the_runbook_would(flow: Flow) -> None:
    assert flow.transitions["verify"].steady == 30
    watch = flow.states["Armed"].watch
    assert watch is not None and watch.duration == 300


def test_only_the_first_two_failures_leave_things_as_they_are(flow: Flow) -> None:
    targets = {name: edge.on_failure for name, edge in flow.transitions.items()}
    assert targets.pop("record") == "Refused"
    assert targets.pop("disarm") == "Halted"
    assert set(targets.values()) == {"fast_rollback"}


def test_what_is_not_known_never_rolls_a_release_back(flow: Flow) -> None:
    """A rollback is for a *no*; a laptop that lost its network parks the run with its question."""
    behind = [edge for name, edge in flow.transitions.items() if name not in ("record", "disarm")]
    assert {edge.on_unknown for edge in behind} == {"park"}


def test_a_rollback_disarms_first_and_last(flow: Flow) -> None:
    actions = flow.recoveries["fast_rollback"].actions
    assert actions[0].touches == actions[-1].touches == "disarm"
    assert actions[0].args["unconfirmed"] == "go_on" and "unconfirmed" not in actions[-1].args


def test_the_checks_before_arming_are_those_of_the_verification(flow: Flow) -> None:
    def looked_at(name: str) -> list[str]:
        return [step.use for step in flow.transitions[name].checks]

    assert looked_at("arm") == looked_at("verify")
    assert [step.use for step in flow.recoveries["verify_rollback"].checks] == ["compose.runs", *looked_at("verify")]
