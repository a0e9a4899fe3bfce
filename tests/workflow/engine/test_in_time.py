"""What `check` prints holds: whatever answers late, wrongly or never, a run has ended or asks within the bound.

The engine is the real one. The loop's clock jumps to whatever is waited for next, so hours pass in milliseconds.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import pytest

from tests.offers import offering
from tests.started import started
from tests.states.flows import QUICK, compose, titan
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job, Message, Unfenced
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.offers import InterlockSurvey, Surveyed
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.deadlines import ANSWER
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import Flow, Step, Transition
from titan_flow.states.proofs.longest_run import bound
from titan_flow.states.run import Run, apply, fold
from titan_flow.states.values import Answer, Interlock, Json, Observation, Outcome
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive

DICE = random.Random()


@dataclass
class Luck:
    good: float = 0.5
    """how often something answers as it should"""


LUCK = Luck()


class Jumping(asyncio.SelectorEventLoop):
    """A loop whose time is what is waited for next."""

    _now = 0.0

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        timers = cast("list[asyncio.TimerHandle]", vars(self)["_scheduled"])
        waited = [timer.when() for timer in timers if not timer.cancelled()]
        if not vars(self)["_ready"] and waited:
            self._now = max(self._now, min(waited))
        super()._run_once()  # type: ignore[misc]


async def late(longest: float) -> None:
    """Often just before it would be too late; else any time, or never."""
    well = DICE.random() < LUCK.good
    await asyncio.sleep(longest - 0.5 if well else DICE.choice([0.0, DICE.uniform(0.0, longest), 1e9]))
    if not well and DICE.random() < 0.5:
        raise Unreachable("no answer")


class Late(Check):
    name: ClassVar[str] = "late.look"

    async def look(self, site: Site, since: Json) -> Observation:
        await late(QUICK.timeout)
        answer = Answer.YES if DICE.random() < LUCK.good else DICE.choice(list(Answer))
        outputs: dict[str, Json] = {"release": {"commit": "0" * 40, "images": {}}, "green": True}
        return Observation(answer, "late", mark={"at": 1}, outputs=outputs)


class Acting(Late, Action):
    name: ClassVar[str] = "late.act"

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((Command(("true",)),))


class Keep(Acting):
    name: ClassVar[str] = "late.snapshot"
    touches = "snapshot"


class Disarm(Acting):
    name: ClassVar[str] = "late.disarm"
    touches = "disarm"
    moves = Interlock.DISARMED

    def act(self, site: Site, seen: Observation) -> Act:
        return Message("disarm", b"")

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        await late(ANSWER)
        return CommandResult(0 if DICE.random() < LUCK.good else 1, "", "no")


class UnconfirmedDisarm(Disarm):
    name: ClassVar[str] = "late.unconfirmed"

    @property
    def continues_unconfirmed(self) -> bool:
        return True


class Arm(Acting):
    name: ClassVar[str] = "late.arm"
    touches = "arm"
    moves = Interlock.ARMED


ADAPTERS = Registry(
    Adapter("late", "answers late, wrongly or never", (Late, Acting, Keep, Disarm, UnconfirmedDisarm, Arm)),
    table={},
    group="",
)


class NoHost:
    name = "nowhere"


class Guard:
    async def job(self, key: str, job: Job, epoch: int, timeout: float, *_: object) -> Any:
        await late(timeout + ANSWER)
        status = 0 if DICE.random() < LUCK.good else 1
        return type("Done", (), {"completed": CommandResult(status, "", "no"), "mirrored": 0})

    async def find(self, key: str) -> None:
        return None


async def survey(site: Site) -> Surveyed:
    await late(QUICK.timeout)
    return Surveyed(Interlock.DISARMED)


def _late(flow: Flow) -> Flow:
    """The flow with every step one that answers when it likes."""

    def step(one: Step) -> Step:
        kind = "look" if not one.acts else one.touches or "act"
        return replace(one, use=f"late.{kind if one.confirms else 'unconfirmed'}", args={})

    def edge(one: Transition) -> Transition:
        return replace(one, checks=tuple(map(step, one.checks)), actions=tuple(map(step, one.actions)))

    states = {
        name: replace(state, watch=replace(state.watch, checks=tuple(map(step, state.watch.checks))))
        if state.watch
        else state
        for name, state in flow.states.items()
    }
    transitions = {name: edge(one) for name, one in flow.transitions.items()}
    return replace(
        flow,
        states=states,
        transitions=transitions,
        recoveries={name: edge(one) for name, one in flow.recoveries.items()},
    )


async def _run(flow: Flow) -> tuple[Run, float]:
    first = started(flow.name).model_copy(update={"interlock": Interlock.ARMED})
    run = fold([sealed("R", 1, datetime.now(UTC), first, GENESIS)])

    async def record(event: e.Event) -> Run:
        nonlocal run
        run = apply(run, sealed("R", run.seq + 1, datetime.now(UTC), event, run.head))
        return run

    site = Site(NoHost(), "/", gateway=Gateway(), offers=offering({InterlockSurvey: survey}))  # type: ignore[arg-type]
    begun = asyncio.get_running_loop().time()
    await drive(flow, run, RunContext(flow, site, Guard(), ADAPTERS), record)  # type: ignore[arg-type]
    return run, asyncio.get_running_loop().time() - begun


def _trips(flow: Flow, count: int, good: float) -> Iterator[tuple[Run, float]]:
    LUCK.good = good
    for seed in range(count):
        DICE.seed(seed)
        with asyncio.Runner(loop_factory=Jumping) as runner:
            yield runner.run(_run(flow))


@pytest.mark.parametrize("good", [0.0, 0.8, 0.98])
@pytest.mark.parametrize("flow", [titan(), compose()], ids=["titan", "compose"])
def test_a_run_ends_or_asks_within_what_is_printed(flow: Flow, good: float) -> None:
    latest, ends = bound(flow), set[Outcome]()
    longest = 0.0
    for run, took in _trips(_late(flow), 40, good):
        assert run.ended is not None or run.parked is not None
        assert took <= latest, f"{took:.0f} s, and {latest:.0f} s are printed"
        longest = max(longest, took)
        ends.add(run.outcome)
    print(f"{flow.name}, {good:.0%} good: at most {longest:.0f} of {latest:.0f} s; {sorted(ends)}")
    assert longest > 0.02 * latest * (good > 0) and len(ends) > (good > 0)
