"""Every name is declared, and one typing error hides no other mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.states.flows import arm, flow, recovery, titan, transition, with_recovery, with_state, with_transition
from tests.states.proofs.seeded import edited, restated
from titan_flow.states.model import Flow, State
from titan_flow.states.proofs.names import names_are_known
from titan_flow.states.proofs.prove import prove


def test_without_a_start_or_a_goal_only_that_is_said():
    states = (State("A"), State("B", rest=True))
    texts = [fault.text for fault in prove(flow(states, (transition("a", "A", "Nowhere"),)))]
    assert "no state is marked `initial: true`: a run starts there" in texts
    assert "no state is marked `goal: true`: a run needs one to end in" in texts
    assert not any("reach" in text for text in texts)


def test_a_typo_hides_no_other_mistake():
    flow = edited(titan(), "up", target="Upp")
    flow = with_transition(flow, transition("arm2", "Up", "Armed", arm("arm2/1"), line=58))
    texts = [fault.text for fault in prove(flow)]
    assert "transition `up` goes to unknown state `Upp` (did you mean Up?)" in texts
    assert (
        "Armed can be reached without Verified: Ready → Recorded → Disarmed → Fetched → Pulled → Up → Armed "
        "(edge `arm2`)"
    ) in texts
    assert not any("cannot be reached" in text for text in texts)


@pytest.mark.parametrize(
    ("name", "repaired"),
    [
        ("Upp", "Up"),
        ("Zzz", None),
        ("fast_rollback", None),
    ],
)
def test_a_misspelt_name_is_taken_for_the_one_it_resembles(name: str, repaired: str | None) -> None:
    faults, flow = names_are_known(edited(titan(), "up", target=name))
    assert [fault.rule for fault in faults] == ["names"]
    assert (flow.transitions["up"].target if flow is not None else None) == repaired


def test_every_place_of_a_name_is_looked_at() -> None:
    bent = edited(titan(), "up", source="Pulle", on_failure="fast_rollbac", on_unknown="Halte")
    armed = bent.states["Armed"]
    assert armed.watch is not None
    bent = restated(bent, "Armed", watch=replace(armed.watch, on_failure="fast_rollbak", on_unknown="parc"))
    bent = restated(bent, "Reverted", then="verify_rolback")
    faults, flow = names_are_known(bent)
    assert len(faults) == 6 and all("did you mean" in fault.text for fault in faults)
    assert flow is not None and prove(flow) == [], "what is repaired is what was meant"


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (lambda: with_state(titan(), State("park")), "`park` is a reserved name"),
        (lambda: with_transition(titan(), transition("Up", "Up", "Verified")), "`Up` is a state already"),
        (lambda: with_recovery(titan(), recovery("Halted", "Reverted")), "`Halted` is a state already"),
    ],
)
def test_a_name_is_declared_once(bend: Callable[[], Flow], said: str) -> None:
    faults, flow = names_are_known(bend())
    assert flow is None and any(fault.text.startswith(said) for fault in faults)
