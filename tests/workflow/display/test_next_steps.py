"""What to type next, for each way in which a run stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.workflow.display import stories
from tests.workflow.display.stories import Story
from tests.workflow.journal.sample import OLGA
from titan_flow.states import events as e
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.display.next_steps import next_steps

ROLLBACK = "titan-flow rollback 7Q3F"
EVENTS = "titan-flow events 7Q3F"


def commands(run: Run, outcome: Outcome | None = None) -> list[str]:
    return [command for command, _ in next_steps(run, outcome or run.outcome)]


def begun(interlock: Interlock = Interlock.ARMED, **started: object) -> Run:
    run = fold(Story().records)
    return replace(run, interlock=interlock, started=run.started.model_copy(update=started))


def ended(rollback_to: str | None) -> Run:
    over = e.RunEnded(state="Halted", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN, rollback_to=rollback_to)
    return replace(begun(), ended=over)


@pytest.mark.parametrize(
    ("story", "wanted"),
    [
        (stories.holding, ["titan-flow status 7Q3F --follow", ROLLBACK]),
        (stories.reached, [EVENTS, ROLLBACK]),
        (stories.halted, [ROLLBACK, EVENTS]),
        (
            stories.rolled_back,
            [f"{EVENTS} --step verify/3", "titan-flow arm SPEC --reason …", "titan-flow run SPEC"],
        ),
        (
            stories.parked,
            [
                "titan-flow resume 7Q3F",
                "titan-flow resume 7Q3F --step pull/1=done",
                "titan-flow resume 7Q3F --step pull/1=redo",
                ROLLBACK,
            ],
        ),
    ],
)
def test_what_to_type_after_a_run(story: Callable[[], Story], wanted: list[str]) -> None:
    assert commands(fold(story().records)) == wanted


@pytest.mark.parametrize("outcome", [*Outcome])
def test_there_is_always_something_to_type(outcome: Outcome) -> None:
    assert all(command.startswith("titan-flow ") for command in commands(begun(), outcome))
    assert next_steps(replace(begun(), release=None), outcome)


@pytest.mark.parametrize("outcome", [Outcome.INTERRUPTED, Outcome.UNKNOWN])
def test_a_run_without_a_driver_is_resumed_first(outcome: Outcome) -> None:
    assert commands(begun(), outcome) == ["titan-flow resume 7Q3F", ROLLBACK]


@pytest.mark.parametrize(
    ("recorded", "known", "why"),
    [
        ("4f1c2aa" + "0" * 33, True, "roll back to 4f1c2aa"),
        (None, True, "roll back"),
        ("", True, None),
        (None, False, None),
    ],
)
def test_a_rollback_is_offered_only_where_there_is_a_release(
    recorded: str | None, known: bool, why: str | None
) -> None:
    run = ended(recorded)
    offered = dict(next_steps(run if known else replace(run, release=None), Outcome.HALTED))
    assert offered.get(ROLLBACK) == why


@pytest.mark.parametrize(
    ("interlock", "may_arm", "emergency", "offered"),
    [
        (Interlock.DISARMED, False, False, True),
        (Interlock.DISARMED, True, True, True),
        (Interlock.DISARMED, True, False, False),
        (Interlock.ARMED, False, False, False),
        (Interlock.UNKNOWN, False, True, False),
    ],
)
def test_a_stopped_run_offers_to_arm_what_someone_disarmed(
    interlock: Interlock, may_arm: bool, emergency: bool, offered: bool
) -> None:
    run = begun(interlock, may_arm=may_arm)
    if emergency:
        run = replace(run, emergency=e.OperatorAsked(what="disarm", operator=OLGA))
    assert ("titan-flow arm SPEC --reason …" in commands(run, Outcome.STOPPED)) is offered


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.ROLLED_BACK, Outcome.ABANDONED])
def test_the_spec_is_named_as_you_would_type_it(outcome: Outcome, tmp_path: Path) -> None:
    spec = tmp_path / "a flow; rm -rf x.yaml"
    assert "titan-flow run SPEC" in commands(begun(spec_path=str(spec)), outcome), "it is not there"
    spec.write_text("flow: x\n")
    typed = next(command for command in commands(begun(spec_path=str(spec)), outcome) if " run " in command)
    assert typed.endswith("a flow; rm -rf x.yaml'") and typed.startswith("titan-flow run '")
