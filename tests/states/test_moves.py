"""What an operator asks for in the middle of a run: a recovery of his own goes before the one that is under way."""

from __future__ import annotations

import pytest

from tests.workflow.journal.sample import OLGA, records, started
from titan_flow.states import events as e
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.moves import Fail, Perform, Stop, next_move
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Answer

STATES = (
    State("Ready", initial=True),
    State("Recorded"),
    State("Up", goal=True),
    State("Reverted", then="verify_rollback"),
    State("Rebuilt", then="verify_rollback"),
    State("RolledBack", rest=True),
    State("Halted", rest=True),
)
RECORD = Step("record/1", "release.record", acts=True, touches="snapshot")


def act(edge: str, destroys: bool = False) -> tuple[Step, ...]:
    return (Step(f"{edge}/1", "command.run", acts=True, destroys=destroys),)


FLOW = Flow(
    "shop",
    {state.name: state for state in STATES},
    {
        "record": Transition("record", "Ready", "Recorded", actions=(RECORD,), on_failure="Halted"),
        "up": Transition("up", "Recorded", "Up", actions=act("up"), on_failure="fast_rollback"),
    },
    {
        "fast_rollback": Transition("fast_rollback", None, "Reverted", (), act("fast_rollback"), "Halted"),
        "verify_rollback": Transition("verify_rollback", None, "RolledBack", on_failure="Halted"),
        "nuclear_rollback": Transition(
            "nuclear_rollback", None, "Rebuilt", actions=act("nuclear_rollback", destroys=True), on_failure="Halted",
            by_operator=True,
        ),
    },
)  # fmt: skip


def run(*told: e.Event) -> Run:
    """One that stands in Recorded, and what is told after that."""
    arrived = e.TransitionEnded(transition="record", source="Ready", target="Recorded")
    return fold(records(told=iter([started("shop"), arrived, *told])))


def began(edge: str) -> e.TransitionBegan:
    return e.TransitionBegan(transition=edge, source="Recorded", args={f"{edge}/1": {}})


def failed(recovery: str) -> e.FailureDecided:
    return e.FailureDecided(
        edge="up", step="up/1", target=recovery, enters="recovery", reason="exit 1", answer=Answer.NO
    )


def asks(recovery: str) -> e.OperatorAsked:
    return e.OperatorAsked(what="rollback", operator=OLGA, recovery=recovery, params={"backup": "good.dump"})


INTENT = e.StepIntended(step="up/1", saw=Answer.NO, act={"argv": []}, key="K", epoch=1)
ON_ITS_WAY = (began("up"), INTENT)
IN_RECOVERY = (began("up"), failed("fast_rollback"), began("fast_rollback"))


@pytest.mark.parametrize("before", [(), ON_ITS_WAY, IN_RECOVERY, (began("up"), failed("fast_rollback"))])
def test_a_recovery_that_only_an_operator_enters_waits_for_no_other(before: tuple[e.Event, ...]) -> None:
    now = run(*before, asks("nuclear_rollback"))
    move = next_move(FLOW, now)
    assert isinstance(move, Fail) and move.target == "nuclear_rollback"
    assert legal(FLOW).allows(now.state, "nuclear_rollback")
    under_way = run(*before, asks("nuclear_rollback"), failed("nuclear_rollback"), began("nuclear_rollback"))
    assert isinstance(next_move(FLOW, under_way), Perform), "asked for once, it is entered once"


def test_a_plain_rollback_does_not_cut_another_one_short() -> None:
    assert isinstance(next_move(FLOW, run(*IN_RECOVERY, asks("fast_rollback"))), Perform)
    assert isinstance(next_move(FLOW, run(*ON_ITS_WAY, asks("fast_rollback"))), Fail)


def test_what_comes_with_the_command_is_a_parameter_from_then_on() -> None:
    assert "params.backup" not in run().values()
    now = run(asks("nuclear_rollback"), failed("nuclear_rollback"), began("nuclear_rollback"))
    assert now.values()["params.backup"] == "good.dump" and now.values()["params.commit"]


def test_a_step_that_was_left_for_a_recovery_does_not_keep_the_run_from_stopping() -> None:
    stop = e.OperatorAsked(what="stop", operator=OLGA)
    assert not isinstance(next_move(FLOW, run(*ON_ITS_WAY, stop)), Stop), "in the middle of a step"
    assert isinstance(next_move(FLOW, run(*ON_ITS_WAY, failed("fast_rollback"), began("fast_rollback"), stop)), Stop)
