"""The world of one simulated run: what is really there, what was really done, and in which order.

It is derived from a flow alone. A step that changes a thing (`checkout`, `services`) leaves it as that step makes it;
a step of a recovery that uses `${release.…}` makes it what it was before the run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from titan_flow.adapters.effects import CommandResult
from titan_flow.adapters.errors import Unreachable
from titan_flow.states.events import Record
from titan_flow.states.hashing import digest
from titan_flow.states.model import Flow, Step
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.simulate.faults import Fault, self_judged

BEFORE = "as before the run"
WORKS = 2.0
"""seconds that an action takes"""
FOR_EVER = 1e7
"""seconds: longer than any deadline"""


@dataclass(frozen=True, slots=True)
class Durable:
    """A record that the journal has."""

    at: float
    record: Record


@dataclass(frozen=True, slots=True)
class Effect:
    """Something was really done. `key`: of its job; empty for a message. `whole`: not just a half of it."""

    at: float
    step: str
    key: str
    whole: bool
    armed: bool
    """whether the system was armed at that moment"""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the world said when a step was looked at."""

    at: float
    step: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Drove:
    """A process began to drive the run."""

    at: float


@dataclass(frozen=True, slots=True)
class Repaired:
    """Somebody put right what was wrong."""

    at: float


Fact = Durable | Effect | Answered | Drove | Repaired


def clock() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class World:
    flow: Flow
    faults: Mapping[str, str]
    """by step"""
    lock: Interlock
    """whether the system may act, really"""
    windows: Mapping[str, float]
    """seconds in which a check has to pass, by step"""
    samples: Mapping[str, Mapping[str, Json]] = field(default_factory=dict[str, Mapping[str, Json]])
    """what each step gives to others, by step: samples of the right shape"""
    things: dict[str, str] = field(default_factory=dict[str, str])
    done: set[str] = field(default_factory=set[str])
    """steps that change no thing, and were done"""
    half: set[str] = field(default_factory=set[str])
    tries: dict[str, int] = field(default_factory=dict[str, int])
    first: dict[str, float] = field(default_factory=dict[str, float])
    """when each step was first looked at"""
    history: list[Fact] = field(default_factory=list[Fact])
    away: bool = False
    """the host cannot be reached"""

    def fault(self, step: str) -> str:
        return self.faults.get(step, "")

    def repair(self) -> None:
        """From now on everything works."""
        self.faults, self.away = {}, False
        self.half.clear()
        self.history.append(Repaired(clock()))

    def reach(self) -> None:
        """Raises Unreachable."""
        if self.away:
            raise Unreachable("the simulated host cannot be reached")

    def holds(self, step: Step, args: Mapping[str, Json]) -> bool:
        """Whether things are as that action leaves them."""
        if step.touches in ("arm", "disarm"):
            return self.lock is (Interlock.ARMED if step.touches == "arm" else Interlock.DISARMED)
        if not step.changes:
            return step.id in self.done
        return all(self.things.get(thing, BEFORE) in _wanted(step, args) for thing in step.changes)

    async def look(self, step: Step, args: Mapping[str, Json], since: Json) -> Observation:
        """Raises Unreachable."""
        self.reach()
        if self_judged(step):
            seen = _look_at_unobserved(args, since)
        else:
            seen = await (self._look_at_action(step, args) if step.acts else self._look_at_check(step))
        self.history.append(Answered(clock(), step.id, seen.answer))
        return seen

    async def _look_at_action(self, step: Step, args: Mapping[str, Json]) -> Observation:
        if self.fault(step.id) == "unclear":
            return Observation(Answer.UNKNOWN, "simulated: it cannot be observed")
        if step.id in self.half:
            return Observation(Answer.PARTLY, "simulated: half done")
        if self.holds(step, args):
            return Observation(Answer.YES, outputs=self._outputs(step))
        return Observation(Answer.NO, "simulated: not done yet")

    def _outputs(self, step: Step) -> Mapping[str, Json]:
        if step.touches == "snapshot":
            return {**self.samples.get(step.id, {}), "release": self.release().model_dump(mode="json"), "green": True}
        return self.samples.get(step.id, {})

    async def _look_at_check(self, step: Step) -> Observation:
        since = clock() - self.first.setdefault(step.id, clock())
        self.tries[step.id] = looks = self.tries.get(step.id, 0) + 1
        match self.fault(step.id):
            case "fails":
                return Observation(Answer.NO, "simulated: it fails")
            case "unknown":
                return Observation(Answer.UNKNOWN, "simulated: it cannot tell")
            case "hangs":
                await asyncio.sleep(FOR_EVER)
            case "unreachable" if looks <= 2:
                raise Unreachable("simulated: no answer")
            case "flickers" if looks == 2:
                return Observation(Answer.NO, "simulated: it fails once")
            case "late" if since < 0.8 * self.windows.get(step.id, 0.0):
                return Observation(Answer.NO, "simulated: not yet")
            case _:
                pass
        return Observation(Answer.YES, outputs=self.samples.get(step.id, {}))

    async def perform(self, step: Step, args: Mapping[str, Json], key: str, timeout: float) -> CommandResult:
        """One attempt of an action on the host: it outlives whoever asked for it."""
        self.tries[step.id] = tries = self.tries.get(step.id, 0) + 1
        fault = self.fault(step.id)
        if fault == "hangs":
            await asyncio.sleep(timeout)
            return CommandResult(124, "", "simulated: it hangs", timed_out=True)
        await asyncio.sleep(min(WORKS, timeout))
        if fault == "half":
            self.half.add(step.id)
            self._did(step, key, whole=False)
        if fault in ("fails", "half") or (fault == "fails_once" and tries == 1):
            return CommandResult(1, "", "simulated: it fails")
        if fault != "unseen":
            self._did(step, key, whole=True)
            self._change(step, args)
        return CommandResult(0, "")

    def _did(self, step: Step, key: str, whole: bool) -> None:
        self.history.append(Effect(clock(), step.id, key, whole, self.lock is Interlock.ARMED))

    def _change(self, step: Step, args: Mapping[str, Json]) -> None:
        self.half.discard(step.id)
        if step.touches in ("arm", "disarm"):
            self.lock = Interlock.ARMED if step.touches == "arm" else Interlock.DISARMED
        elif step.changes:
            self.things |= dict.fromkeys(step.changes, _key(step, args))
        else:
            self.done.add(step.id)

    async def lose_answer(self, step: str) -> None:
        """Raises Unreachable where the answer to what was done gets lost."""
        fault = self.fault(step)
        if fault == "cut_off":
            self.away = True
        if fault == "cut_off" or (fault == "loses_answer" and self.tries.get(step) == 1):
            await asyncio.sleep(WORKS)
            raise Unreachable("simulated: the answer was lost")

    def release(self) -> Release:
        """What runs now."""
        commit, services = (self.things.get(thing, BEFORE) for thing in ("checkout", "services"))
        known = {
            name: BEFORE if value.startswith("back ") else value for name, value in (("c", commit), ("s", services))
        }
        image = Image(id=f"sha256:{digest(known['s'])}")
        return Release(commit=digest(known["c"])[:40], images={"service": image}, rendered=digest(known["s"]))


def _look_at_unobserved(args: Mapping[str, Json], since: Json) -> Observation:
    manual = args.get("manual") is True
    if manual and since is not None:
        return Observation(Answer.UNKNOWN, "simulated: it was started, and its result is unknown")
    return Observation(Answer.NO, "simulated: to be run", mark={"begun": True} if manual else None)


def _returns(step: Step) -> bool:
    """It makes something what it was when the release was recorded."""
    return "${release." in json.dumps(dict(step.args))


def _key(step: Step, args: Mapping[str, Json]) -> str:
    """`back …` is what was there before the run, made by that step."""
    return f"{'back ' if _returns(step) else ''}{step.use} {json.dumps(dict(args), sort_keys=True)}"


def _wanted(step: Step, args: Mapping[str, Json]) -> tuple[str, ...]:
    return (_key(step, args), BEFORE) if _returns(step) else (_key(step, args),)


def by_step(faults: tuple[Fault, ...]) -> dict[str, str]:
    return {fault.step: fault.kind for fault in faults if fault.step}
