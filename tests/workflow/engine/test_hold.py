"""The checks of a transition: what is put on record, in which order, and when it ends."""

from __future__ import annotations

from dataclasses import replace

from tests.workflow.armory import STARTED
from tests.workflow.engine.rounds import NO, UNKNOWN, WITHIN, YES, Scene, edge, scene, told
from titan_flow.states import events as e
from titan_flow.states.model import Transition
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.engine.hold import look

ONE = "verify/1"
BROKEN = Observation(Answer.NO, "it cannot be", final=True)


async def looked(made: Scene, of: Transition) -> list[str]:
    """The kinds of what was recorded, and what decided."""
    events = await told(look(made.run, of, made.context))
    return [f"{one.kind} {one.reason}" if isinstance(one, e.FailureDecided) else one.kind for one in events]


async def test_one_yes_is_not_worth_a_sample_on_record() -> None:
    assert await looked(scene({ONE: [YES]}), edge(ONE)) == ["step.done"]


async def test_each_change_is_recorded_once() -> None:
    turn = [NO, NO, UNKNOWN, NO, YES]
    assert await looked(scene({ONE: turn}), edge(ONE)) == [*["hold.looked"] * 4, "step.done"]


async def test_what_is_waited_for_fails_at_the_end_of_within() -> None:
    made = scene({ONE: [NO] * 99})
    assert await looked(made, edge(ONE)) == ["hold.looked", "failure.decided no"]
    assert WITHIN <= made.clock.slept < WITHIN + 1.5


async def test_a_final_no_is_not_waited_for() -> None:
    made = scene({ONE: [BROKEN]})
    assert await looked(made, edge(ONE)) == ["hold.looked", "failure.decided it cannot be"]
    assert made.clock.slept == 0.0


async def test_each_sample_of_a_steady_hold_is_recorded_and_a_no_starts_it_again() -> None:
    made = scene({ONE: [YES, NO]})
    events = await told(look(made.run, edge(ONE, steady=10.0), made.context))
    samples = [one.samples for one in events if isinstance(one, e.HoldLooked)]
    assert samples == [1, 0, *range(1, samples[-1] + 1)] and 10.0 <= made.clock.slept < 15.0


async def test_a_hold_goes_on_where_an_earlier_process_stopped() -> None:
    made = scene({ONE: []}, samples=4)
    events = await told(look(made.run, edge(ONE, steady=10.0), made.context))
    assert next(one.samples for one in events if isinstance(one, e.HoldLooked)) == 5


async def test_a_skipped_check_decides_nothing_and_its_answer_is_on_record() -> None:
    made = scene({ONE: [BROKEN], "verify/2": [YES]})
    waiver = e.CheckWaived(check=ONE, reason="known", operator=STARTED.operator)
    events = await told(look(replace(made.run, waived=(waiver,)), edge(ONE, "verify/2"), made.context))
    done = {one.step: one.waived for one in events if isinstance(one, e.StepDone)}
    assert done == {ONE: Answer.NO, "verify/2": None}


async def test_an_operators_stop_leaves_the_sample_on_record_and_decides_nothing() -> None:
    made = scene({ONE: [NO]})
    made.context.stopping.set()
    assert await looked(made, edge(ONE)) == ["hold.looked"]
    finished = scene({ONE: [YES]})
    finished.context.stopping.set()
    assert await looked(finished, edge(ONE)) == ["step.done"], "what is over is over"
