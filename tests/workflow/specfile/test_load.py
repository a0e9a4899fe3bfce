"""What a good spec becomes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.workflow.specfile.stand_ins import ADAPTERS, GOOD, ComposeSettings, Tip, loads
from titan_flow.states.model import Patience, SourceLocation
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.load import load
from titan_flow.workflow.specfile.model import Spec, Target, ValueUse
from titan_flow.workflow.specfile.params import looked_up


@pytest.fixture
def spec() -> Spec:
    return loads(GOOD, "good.yaml")


def test_steps_are_numbered_over_checks_and_actions(spec: Spec) -> None:
    arm = spec.flow.edge("arm")
    assert [step.id for step in arm.steps] == ["arm/1", "arm/2", "arm/3", "arm/4"]
    assert [step.use for step in arm.checks] == ["compose.running", "logs.clean", "http.ok"]
    assert [step.acts for step in arm.steps] == [False, False, False, True]


def test_watch_steps_bear_the_state(spec: Spec) -> None:
    watch = spec.flow.states["Armed"].watch
    assert watch is not None
    assert [step.id for step in watch.checks] == ["Armed/1", "Armed/2", "Armed/3"]
    assert (watch.duration, watch.every, watch.on_failure, watch.on_unknown) == (300.0, 10.0, "fast_rollback", "park")


def test_flags_say_what_the_proofs_must_know(spec: Spec) -> None:
    assert spec.flow.interlocked
    assert spec.flow.edge("record").actions[0].touches == "snapshot"
    assert spec.flow.edge("disarm").actions[0].touches == "disarm"
    restore = spec.flow.edge("nuclear_rollback").actions[1]
    assert (restore.destroys, restore.repeats) == (True, False)
    assert spec.flow.edge("nuclear_rollback").by_operator


def test_a_default_failure_edge_is_for_transitions_only(spec: Spec) -> None:
    assert spec.flow.edge("up").on_failure == "fast_rollback"
    assert spec.flow.edge("record").on_failure == "Refused"
    assert spec.flow.edge("verify_rollback").on_unknown == "park"


def test_a_default_failure_edge_never_makes_a_ring() -> None:
    """If a recovery continues through a transition, that transition must set its own failure target."""
    ring = GOOD.replace("Reverted: {then: verify_rollback}", "Reverted: {}").replace(
        "transitions:\n", "transitions:\n  again: {from: Reverted, to: RolledBack, check: [green]}\n"
    )
    ring = ring.replace("  verify_rollback: {to", "  verify_rollback: {by: operator, to")
    ring = ring.replace("RolledBack: {rest: true}", "RolledBack: {rest: true, interlock: any}")
    with pytest.raises(SpecError) as caught:
        loads(ring, "ring.yaml")
    told = "transition `again` runs checks but has no `on_failure`"
    mistakes = caught.value.mistakes
    assert told in [mistake.text for mistake in mistakes]
    assert not any("for ever" in mistake.text for mistake in mistakes)


def test_patience_is_inherited_and_overridden(spec: Spec) -> None:
    assert spec.flow.edge("up").patience == Patience(120.0, 60.0, 3, 1.0, 30.0)
    assert spec.flow.edge("pull").patience == Patience(900.0, 60.0, 3, 1.0, 30.0)
    assert spec.flow.edge("verify").steady == 30.0


def test_places_are_those_of_the_keys(spec: Spec) -> None:
    assert spec.flow.edge("fetch").place == SourceLocation(46, 3)
    assert spec.flow.states["Up"].place == SourceLocation(20, 3)
    assert spec.flow.edge("verify").checks[0].place == SourceLocation(30, 7)
    assert spec.flow.prove[1] == ("Up only after Disarmed", SourceLocation(61, 36))


def test_the_rest_of_a_spec(spec: Spec) -> None:
    assert (spec.path, spec.text) == ("good.yaml", GOOD)
    assert spec.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
    assert spec.target == Target("deploy@shop.example.com", "/opt/shop")
    assert spec.blocks["compose"] == ComposeSettings(file="compose.yml", sudo=True, services=("web", "brain"))
    assert spec.params["commit"].default == ValueUse("git.tip", {"branch": "main"})
    assert looked_up(ValueUse("git.tip", {"branch": "main"}), ADAPTERS) == Tip(branch="main")


def test_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(GOOD)
    assert load(str(file), ADAPTERS) == loads(GOOD, str(file))


def test_this_machine_needs_no_ssh() -> None:
    assert loads(GOOD.replace("ssh: deploy@shop.example.com, ", ""), "here.yaml").target.ssh is None
