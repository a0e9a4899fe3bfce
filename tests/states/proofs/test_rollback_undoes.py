"""What a transition changed is undone where a recovery ends quietly."""

from __future__ import annotations

import pytest

from tests.states.flows import act, disarm, flow, look, recovery, snapshot, transition, undo
from titan_flow.states.model import Flow, State, Step
from titan_flow.states.proofs.graph import Graph
from titan_flow.states.proofs.rollback_undoes import rollback_undoes


def deploy(
    up: tuple[Step, ...], back: tuple[Step, ...], *, told: bool = False, by_operator: bool = False, fails: bool = True
) -> Flow:
    """`up` from a recorded release to the goal; where it fails, or an operator asks, `back` ends the run."""
    states = [
        State("Ready", initial=True),
        State("Recorded"),
        State("Up", goal=True),
        State("Back", rest=True, notify=told),
        State("Halted", rest=True, notify=True),
    ]
    record = transition("record", "Ready", "Recorded", snapshot("record/1"), on_failure="Halted")
    onward = transition("up", "Recorded", "Up", *up, on_failure="back" if fails else "Halted")
    return flow(states, [record, onward], [recovery("back", "Back", *back, by_operator=by_operator)])


def left(of: Flow) -> list[str]:
    """The thing, and the step that changed it."""
    return [fault.text.split("changed: ")[1].split(":")[0] for fault in rollback_undoes(Graph.of(of))]


UP = act("up/1", "compose.up", "services")


@pytest.mark.parametrize(
    ("up", "back", "found"),
    [
        ((UP,), (undo("back/1", "compose.up", "services"),), []),
        ((UP,), (act("back/1", "compose.up", "services"),), ["services (step `up/1`, compose.up)"]),
        ((UP,), (look("back/1"),), ["services (step `up/1`, compose.up)"]),
        ((UP,), (undo("back/1", "git.reset_to", "checkout"),), ["services (step `up/1`, compose.up)"]),
        # the first step that changed a thing is named, once
        ((UP, act("up/2", "compose.up", "services")), (), ["services (step `up/1`, compose.up)"]),
        (
            (act("up/1", "git.reset_to", "checkout", "tags"),),
            (),
            ["checkout (step `up/1`, git.reset_to)"],
        ),
        # changed back, and then changed once more
        (
            (UP,),
            (undo("back/1", "compose.up", "services"), act("back/2", "compose.up", "services")),
            ["services (step `up/1`, compose.up)"],
        ),
        # a disarm is no change that has to be undone
        ((disarm("up/1"),), (), []),
        ((look("up/1"),), (), []),
    ],
)
def test_what_is_left_changed_is_named(up: tuple[Step, ...], back: tuple[Step, ...], found: list[str]) -> None:
    assert left(deploy(up, back)) == found


def test_where_a_person_is_told_the_rest_is_hers() -> None:
    assert left(deploy((UP,), (), told=True)) == []


def test_an_operators_own_recovery_has_to_undo_it_too() -> None:
    assert left(deploy((UP,), (), by_operator=True, fails=False)) == ["services (step `up/1`, compose.up)"]


def test_an_operator_may_interrupt_before_anything_is_recorded_as_done() -> None:
    """The transition under way may have done all of its actions already."""
    faults = [*rollback_undoes(Graph.of(deploy((UP,), (), by_operator=True, fails=False)))]
    assert faults[0].path[:2] == ("Ready", "Recorded") and "Up" not in faults[0].path


@pytest.mark.parametrize(
    ("step", "advice"),
    [(UP, "restores it from ${release.…}"), (undo("up/1", "command.run", "schema"), "declare `changes: nothing`")],
)
def test_the_advice_fits_the_step(step: Step, advice: str) -> None:
    faults = [*rollback_undoes(Graph.of(deploy((step,), ())))]
    assert len(faults) == 1 and faults[0].text.endswith(advice) and faults[0].rule == "rollback undoes"
