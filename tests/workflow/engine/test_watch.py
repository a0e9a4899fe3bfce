"""The watch of an armed state: what is put on record, when it ends, and where it leads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.armory import Clock, Tape
from tests.workflow.engine.rounds import EVERY, NO, UNKNOWN, WITHIN, YES, Scene, scene, state, told
from titan_flow.adapters.errors import Fenced, Unreachable
from titan_flow.states import events as e
from titan_flow.states.model import State
from titan_flow.states.values import Answer
from titan_flow.workflow.engine.hold import SLOW
from titan_flow.workflow.engine.watch import watch

ONE = "Armed/1"


async def watched(made: Scene, of: State) -> tuple[list[float], str]:
    """The seconds left at each sample, and what it led to."""
    events = await told(watch(made.run, of, made.context))
    ends = [one for one in events if isinstance(one, e.FailureDecided | e.RunParked)]
    led = next((one.target if isinstance(one, e.FailureDecided) else one.question for one in ends), "")
    return [one.left for one in events if isinstance(one, e.WatchLooked)], led


async def test_a_watch_ends_when_its_time_is_over() -> None:
    made = scene({ONE: []})
    assert await watched(made, state(ONE)) == ([30.0, 20.0, 10.0, 0.0], "")
    assert made.clock.slept == 3 * EVERY


async def test_a_watch_goes_on_where_an_earlier_process_stopped() -> None:
    assert await watched(scene({ONE: []}, samples=2), state(ONE)) == ([10.0, 0.0], "")
    assert await watched(scene({ONE: []}, samples=4), state(ONE)) == ([], "")


async def test_one_no_is_looked_at_again_within_a_second() -> None:
    made = scene({ONE: [YES, NO]})
    left, led = await watched(made, state(ONE))
    assert led == "" and left[-1] == 0.0 and made.clock.slept < 5 * EVERY


async def test_three_in_a_row_take_the_failures_edge() -> None:
    made = scene({ONE: [YES, NO, NO, NO]})
    assert await watched(made, state(ONE)) == ([30.0] * 4, "fast_rollback")
    assert made.clock.slept == EVERY + 2.0


async def test_what_stays_unknown_for_longer_than_within_asks_a_person() -> None:
    made = scene({ONE: [UNKNOWN] * 99})
    left, led = await watched(made, state(ONE))
    assert len(left) == WITHIN // EVERY + 1 and led.startswith("Armed/1: unknown")


async def test_a_stop_leaves_the_last_sample_on_record() -> None:
    made = scene({ONE: [YES, NO]})
    made.context.stopping.set()
    assert await watched(made, state(ONE)) == ([30.0], "")


async def test_a_long_watch_records_what_changes_and_one_sample_a_minute() -> None:
    turns = [replace(YES, mark=number) for number in range(101)]
    turns[33] = NO
    made = scene({ONE: turns})
    events = await told(watch(made.run, state(ONE, samples=101), made.context))
    looked = [one for one in events if isinstance(one, e.WatchLooked)]
    assert looked == events and looked[-1].left == 0.0
    assert [one.left for one in looked[:6]] == [1000.0, 940.0, 880.0, 820.0, 760.0, 700.0]
    assert [one.answers[ONE] for one in looked if one.seen] == [Answer.NO]
    back = next(number for number, one in enumerate(looked) if one.seen) + 1
    assert looked[back].answers[ONE] is Answer.YES, "and that it is well again"
    assert len(looked) < 22
    assert looked[1].marks == {ONE: 6}, "the marks of the samples between are in the next one on record"
    assert [one.samples for one in looked] == sorted(one.samples for one in looked)


class Sleepy(Clock):
    """Its first sleep takes an hour: the process was stopped, or its machine slept."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + (3600.0 if not self.slept else 0.0))


async def test_an_hour_in_which_the_process_slept_does_not_make_the_looks_too_slow() -> None:
    left, led = await watched(scene({ONE: []}, Sleepy()), state(ONE, samples=9))
    assert led == "" and left == [80.0, 60.0, 50.0, 40.0, 30.0, 20.0, 10.0, 0.0], "two periods of it count"


class Crawling(Clock):
    """Every look at the clock takes a while: so do the looks at the host."""

    def monotonic(self) -> float:
        self.frozen += 12.0
        return super().monotonic()


async def test_looks_that_crawl_do_not_draw_it_out_forever() -> None:
    left, led = await watched(scene({ONE: [YES, UNKNOWN] * 99}, Crawling()), state(ONE, samples=31))
    assert SLOW in led and left[-1] > 0.0


class Guard:
    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    async def mirror(self, *_: object) -> int:
        raise self.fault


async def test_a_host_that_takes_no_samples_does_not_end_the_watch_but_a_newer_driver_does() -> None:
    lost, overtaken = (scene({ONE: []}, guard=Guard(why)) for why in (Unreachable("gone"), Fenced("epoch 7")))
    for made in (lost, overtaken):
        made.context.mirror.add(Tape()[0])
    assert (await watched(lost, state(ONE)))[0][-1] == 0.0
    with pytest.raises(Fenced):
        await watched(overtaken, state(ONE))
