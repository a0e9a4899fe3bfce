"""The engine against a world in memory: what it does, in which order, and that dying anywhere changes no end.

The world is a stand-in so that every interleaving can be tried in milliseconds; the real one is in `test_stories.py`
and `tests/crash/`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

import pytest

from tests.started import started
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import Flow, Patience, State, Step, Transition
from titan_flow.states.run import Run, apply, fold
from titan_flow.states.values import Answer, Json, Observation, Outcome
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive

T = TypeVar("T")


@dataclass
class World:
    """What is real: which levers are pulled, how often, and what is broken."""

    pulled: dict[str, int] = field(default_factory=dict[str, int])
    broken: set[str] = field(default_factory=set[str])
    lost: dict[str, int] = field(default_factory=dict[str, int])
    hopeless: set[str] = field(default_factory=set[str])
    absurd: set[str] = field(default_factory=set[str])
    """levers whose look raises what nobody expects; with a `!`, those whose job does"""
    jobs: dict[str, CommandResult] = field(default_factory=dict[str, CommandResult])


WORLD = World()


class Lever(Action):
    """Pulled, or not; a broken one cannot be pulled, a lost one cannot be reached that many times."""

    name: ClassVar[str] = "test.pull"
    lever: str

    async def look(self, site: Site, since: Json) -> Observation:
        if self.lever in WORLD.absurd:
            raise ValueError("no such number")
        if WORLD.lost.get(self.lever, 0) > 0:
            WORLD.lost[self.lever] -= 1
            raise Unreachable(f"{self.lever} does not answer")
        pulled = WORLD.pulled.get(self.lever, 0) > 0
        says = f"{self.lever} {'' if pulled else 'not '}pulled"
        final = self.lever in WORLD.hopeless
        return Observation(
            Answer.YES if pulled else Answer.NO, "there is no such lever" if final else says, final=final
        )

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((Command(("pull", self.lever)),))


class Green(Check):
    name: ClassVar[str] = "test.green"
    lever: str

    async def look(self, site: Site, since: Json) -> Observation:
        bad = self.lever in WORLD.broken
        return Observation(
            Answer.NO if bad else Answer.YES, says=f"{self.lever} is {'red' if bad else 'green'}", final=bad
        )


ADAPTERS = Registry(Adapter("test", "a world in memory", (Lever, Green)), table={}, group="")


@dataclass(frozen=True)
class Done:
    completed: CommandResult
    mirrored: int


class MemoryGuard:
    """The guard's contract: a key is started once, whoever asks again is attached."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def job(self, key: str, job: Job, epoch: int, timeout: float, lines: list[str], first: int, run: str) -> Done:
        async def effect() -> Done:
            lever = job.commands[0].argv[1]
            if f"{lever}!" in WORLD.absurd:
                raise KeyError(lever)
            if key not in WORLD.jobs:
                ok = lever not in WORLD.broken
                if ok:
                    WORLD.pulled[lever] = WORLD.pulled.get(lever, 0) + 1
                WORLD.jobs[key] = CommandResult(0 if ok else 1, "", "" if ok else f"{lever} is stuck")
            return Done(WORLD.jobs[key], first - 1 + len(lines))

        return await self._gateway.do("job", key, effect)

    async def find(self, key: str) -> Done | None:
        return Done(WORLD.jobs[key], 0) if key in WORLD.jobs else None


def _action(edge: str, lever: str) -> Step:
    return Step(f"{edge}/1", "test.pull", {"lever": lever}, acts=True)


QUICK = Patience(timeout=5, within=0.05, attempts=2, wait_min=0.001, wait_max=0.002)
FLOW = Flow(
    "levers",
    {
        "Ready": State("Ready", initial=True),
        "Moved": State("Moved"),
        "Done": State("Done", goal=True),
        "Undone": State("Undone", rest=True),
        "Halted": State("Halted", rest=True),
    },
    {
        "move": Transition("move", "Ready", "Moved", (), (_action("move", "a"),), on_failure="back", patience=QUICK),
        "verify": Transition(
            "verify",
            "Moved",
            "Done",
            (Step("verify/1", "test.green", {"lever": "v"}),),
            (Step("verify/2", "test.pull", {"lever": "b"}, acts=True),),
            on_failure="back",
            patience=QUICK,
        ),
    },
    {"back": Transition("back", None, "Undone", (), (_action("back", "z"),), on_failure="Halted", patience=QUICK)},
)


class Died(BaseException):
    pass


class CountingGateway(Gateway):
    """Dies at operation `at`, before or after its effect; sleeps not."""

    def __init__(self, at: int = 0, late: bool = False) -> None:
        self.at, self.late, self.count = at, late, 0

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        if kind == "sleep":
            return await effect()
        self.count += 1
        if self.count == self.at and not self.late:
            raise Died
        result = await effect()
        if self.count == self.at:
            raise Died
        return result


class NoHost:
    name = "nowhere"

    async def close(self) -> None: ...


@pytest.fixture(autouse=True)
def world() -> World:
    WORLD.__init__()
    return WORLD


STARTED = started("levers")


async def trip(records: list[e.Record], gateway: Gateway) -> Run:
    """Drives from what is recorded; `records` grows as a journal does, and survives a death."""
    context = RunContext(FLOW, Site(NoHost(), "/", gateway=gateway), MemoryGuard(gateway), ADAPTERS)  # type: ignore[arg-type]

    async def record(event: e.Event) -> Run:
        async def append() -> None:
            prev = records[-1].hash if records else GENESIS
            records.append(sealed("R", len(records) + 1, datetime.now(UTC), event, prev))

        await gateway.do("append", event.kind, append)
        return fold(records)

    if not records:
        await record(STARTED)
    return await drive(FLOW, fold(records), context, record)


async def test_the_way_there() -> None:
    run = await trip([], CountingGateway())
    assert (run.state, run.outcome) == ("Done", Outcome.REACHED)
    assert WORLD.pulled == {"a": 1, "b": 1}


async def test_what_is_done_already_is_not_done_again() -> None:
    WORLD.pulled["a"] = 1
    records: list[e.Record] = []
    await trip(records, CountingGateway())
    assert WORLD.pulled == {"a": 1, "b": 1}
    done = next(r.event for r in records if isinstance(r.event, e.StepDone))
    assert (done.step, done.acted) == ("move/1", False)


async def test_a_broken_step_is_tried_as_often_as_declared_and_then_taken_back() -> None:
    WORLD.broken.add("a")
    records: list[e.Record] = []
    run = await trip(records, CountingGateway())
    assert (run.state, run.outcome) == ("Undone", Outcome.ROLLED_BACK)
    failed = [r.event for r in records if isinstance(r.event, e.AttemptFailed)]
    assert [(f.attempt, f.attempts, f.known) for f in failed] == [(1, 2, True), (2, 2, True)]
    assert "stuck" in failed[0].reason


async def test_what_acting_cannot_help_is_not_acted_on() -> None:
    """A rollback whose image is nowhere to be had: no attempt, no intent, its own words, and a person is told."""
    WORLD.broken.add("v")
    WORLD.hopeless.add("z")
    records: list[e.Record] = []
    run = await trip(records, CountingGateway())
    assert (run.state, run.outcome) == ("Halted", Outcome.HALTED)
    assert not any(isinstance(r.event, e.StepIntended) and r.event.step == "back/1" for r in records)
    decided = [r.event.reason for r in records if isinstance(r.event, e.FailureDecided)]
    assert decided == ["v is red", "there is no such lever"]


async def test_a_red_check_after_the_change_is_taken_back_with_its_reason() -> None:
    WORLD.broken.add("v")
    run = await trip([], CountingGateway())
    assert run.outcome is Outcome.ROLLED_BACK and run.failure is not None
    assert run.failure.step == "verify/1" and run.failure.reason == "v is red"


async def test_a_failing_rollback_halts_and_keeps_the_first_cause() -> None:
    WORLD.broken |= {"v", "z"}
    run = await trip([], CountingGateway())
    assert (run.state, run.outcome) == ("Halted", Outcome.HALTED)
    assert run.failure is not None and run.failure.step == "verify/1"


async def test_what_cannot_be_reached_parks_and_goes_on_when_asked() -> None:
    WORLD.lost["a"] = 100
    records: list[e.Record] = []
    run = await trip(records, CountingGateway())
    assert run.parked is not None and run.parked.step == "move/1" and run.outcome is Outcome.WAITING
    assert WORLD.pulled == {}
    WORLD.lost.clear()
    resumed = e.RunResumed(operator=STARTED.operator)
    records.append(sealed("R", len(records) + 1, datetime.now(UTC), resumed, records[-1].hash))
    assert (await trip(records, CountingGateway())).outcome is Outcome.REACHED


async def test_an_exception_in_a_look_is_unknown_and_parks() -> None:
    WORLD.absurd.add("a")
    run = await trip([], CountingGateway())
    assert run.parked is not None and run.outcome is Outcome.WAITING
    assert "unexpected ValueError: no such number (engine/test_loop.py:" in run.parked.question
    assert WORLD.pulled == {}


async def test_an_exception_in_an_act_is_a_failed_attempt_whose_effect_is_not_known() -> None:
    WORLD.absurd.add("a!")
    records: list[e.Record] = []
    run = await trip(records, CountingGateway())
    failed = [r.event for r in records if isinstance(r.event, e.AttemptFailed)]
    assert [f.known for f in failed] == [False, False] and "unexpected KeyError" in failed[0].reason
    assert run.parked is not None and run.parked.step == "move/1"


async def test_no_action_before_its_intent() -> None:
    order: list[str] = []

    class Listening(CountingGateway):
        async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
            order.append(f"{kind} {about}")
            return await effect()

    await trip([], Listening())
    for place, operation in enumerate(order):
        if operation.startswith("job"):
            assert order[place - 1] == "append step.intended"


@pytest.mark.parametrize("broken", [set[str](), {"v"}, {"a"}, {"v", "z"}])
async def test_dying_anywhere_once_or_twice_changes_no_end(broken: set[str]) -> None:
    """Every operation, before and after its effect; and once more while resuming."""
    WORLD.broken |= broken
    whole = CountingGateway()
    expected = await trip([], whole)
    tried = 0
    for first in range(2, whole.count + 1):
        for late in (False, True):
            for second in (0, 3, 6):
                WORLD.__init__(broken=set(broken))
                records: list[e.Record] = []
                run: Run | None = None
                for gateway in (CountingGateway(first, late), CountingGateway(second, late), CountingGateway()):
                    try:
                        run = await trip(records, gateway)
                        break
                    except Died:
                        continue
                tried += 1
                assert run is not None and (run.state, run.outcome) == (expected.state, expected.outcome)
                assert all(count == 1 for count in WORLD.pulled.values()), "a lever was pulled twice"
                intents = sum(isinstance(r.event, e.StepIntended) for r in records)
                done = sum(isinstance(r.event, e.StepDone) and r.event.acted for r in records)
                assert done <= sum(WORLD.pulled.values()) <= intents
    print(f"{tried} deaths, 0 violations")
    assert tried > 50


def test_the_fold_is_the_same_one_record_at_a_time() -> None:
    first = sealed("R", 1, datetime.now(UTC), STARTED, GENESIS)
    took = sealed("R", 2, datetime.now(UTC), e.DriverTook(epoch=4, operator=STARTED.operator, pid=1), first.hash)
    assert apply(fold([first]), took) == fold([first, took])
