"""`kill -9` in each transition of `specs/titan.yaml`, forward, back and in the watch: the same end as unkilled.

One deployment is killed again and again, once in each transition; each time somebody types `resume`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import Titan
from tests.droplet.titan.standin.trader import BRAIN, EXECUTION
from tests.specfiles import load
from titan_flow.states import events as e
from titan_flow.states.model import Flow

ARMED, DISARMED = {BRAIN: True, EXECUTION: True}, {BRAIN: False, EXECUTION: False}
KILLED = -9


@pytest.fixture
def operator(tmp_path: Path, titan: Titan) -> TitanOperator:
    return TitanOperator(tmp_path, titan)


def last_action(flow: Flow, edge: str) -> str:
    return flow.edge(edge).actions[-1].id


def kill_at_each(operator: TitanOperator, points: Sequence[tuple[str, str]]) -> int:
    """Dies at each point, one after the other, in one run; then is left alone. The exit code."""
    run: tuple[str, ...] = ()
    for point, step in points:
        assert operator.run_dying(point, step, *run) == KILLED, f"{point} of {step} was not met:\n{operator.said}"
        run = ("resume", str(operator.spec), "--yes")
    return operator.titan(*run)


def sendings(operator: TitanOperator, flow: Flow) -> tuple[Counter[str], Counter[str]]:
    """Recorded intents to arm and to disarm, and recorded outcomes of having done so."""
    touches = {step.id: step.touches for edge in flow.edges for step in edge.actions if step.touches}
    intents, outcomes = Counter[str](), Counter[str]()
    for event in (record.event for record in operator.newest()):
        if isinstance(event, e.StepIntended) and event.step in touches:
            intents[touches[event.step]] += 1
        if isinstance(event, e.StepDone) and event.acted and event.step in touches:
            outcomes[touches[event.step]] += 1
    return intents, outcomes


def counted(operator: TitanOperator, titan: Titan, flow: Flow, points: Sequence[tuple[str, str]], way: str) -> None:
    intents, outcomes = sendings(operator, flow)
    for command in ("arm", "disarm"):
        sent = titan.witness.count(command)
        assert outcomes[command] <= sent <= intents[command], f"{command}: {outcomes}, sent {sent}, {intents}"
    print(
        f"killed at {len(points)} points ({way}): 0 violations; sent {Counter(name for name, _ in titan.witness.heard)}"
    )


def test_killed_in_each_transition_on_the_way_there_and_in_the_watch(operator: TitanOperator, titan: Titan) -> None:
    """The arming goes the runbook's own way here, inside of the nats container."""
    operator.change(
        "subject: titan.cmd.operator.arm.v1",
        "subject: titan.cmd.operator.arm.v1\n          via: {exec: {service: nats}}",
    )
    flow, v2 = load(str(operator.spec)).flow, titan.release("v2")
    points = [
        ("after-outcome", last_action(flow, "record")),
        ("after-effect", last_action(flow, "disarm")),
        ("after-intent", last_action(flow, "fetch")),
        ("after-effect", last_action(flow, "pull")),
        ("after-effect", last_action(flow, "up")),
        ("after-event", "hold.looked:1"),
        ("after-effect", last_action(flow, "arm")),
        ("after-event", "watch.looked:1"),
    ]
    assert kill_at_each(operator, points) == 0, operator.said
    assert titan.running() == titan.ids(v2) and titan.head() == v2.commit
    assert titan.armed() == ARMED and titan.get(within=5)[0] == 200
    assert titan.witness.count("arm") == 1, "an arm that was sent is looked for, not sent again"
    counted(operator, titan, flow, points, "forward, and in the watch")


@pytest.mark.soak
def test_killed_in_each_step_of_the_rollback(operator: TitanOperator, titan: Titan) -> None:
    flow = load(str(operator.spec)).flow
    titan.release("v3", brain={"HEALTH": "503"})
    first, reset, up, disarm = (step.id for step in flow.recoveries["fast_rollback"].actions)
    points = [
        ("after-effect", first),
        ("after-intent", reset),
        ("after-effect", up),
        ("before-intent", disarm),
        ("after-event", "transition.ended:1"),  # Reverted
        ("after-event", "transition.began:1"),  # verify_rollback
    ]
    assert kill_at_each(operator, points) == 4, operator.said
    assert titan.running() == titan.ids(titan.v1) and titan.head() == titan.v1.commit
    assert titan.armed() == DISARMED and titan.get(within=5)[0] == 200
    assert titan.witness.count("arm") == 0
    counted(operator, titan, flow, points, "back")
