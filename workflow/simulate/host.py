"""The simulated ends of the engine's wires: gateway, guard, journal, and a stand-in for every check and action."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeVar

from titan_flow.adapters.base import Action, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job, Unfenced, UnfencedCommands
from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.guard.client import Done, Guard, Taken
from titan_flow.adapters.offers import Checkout, InterlockSurvey, Surveyed
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Said
from titan_flow.states.events import Record
from titan_flow.states.model import Step
from titan_flow.states.release import Release
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.simulate.faults import self_judged
from titan_flow.workflow.simulate.world import Durable, World, clock

T = TypeVar("T")
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""the beginning of every simulated run"""
COUNTED = ("append", "job", "publish", "mirror", "take")
"""kinds of operations that leave something behind: a driver that dies between two of them died after the first"""


class Died(BaseException):
    """The simulated process is gone: it does nothing any more."""


@dataclass
class Driver:
    """What the operations of all processes of a run are counted by. `due`: what happens after which of them."""

    due: Mapping[int, Callable[[], None]]
    count: int = 0
    dead: bool = False


class SimGateway(Gateway):
    """Counts what leaves something behind; after each of them, something may happen to the driver."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        if self._driver.dead:
            raise Died
        if kind not in COUNTED:
            return await effect()
        self._driver.count += 1
        number = self._driver.count
        result = await effect()
        if (happens := self._driver.due.get(number)) is not None:
            happens()
        return result

    def now(self) -> datetime:
        return EPOCH + timedelta(seconds=clock())


@dataclass
class SimJournal:
    """The records of one run, in memory: what is appended is durable."""

    world: World
    records: list[Record] = field(default_factory=list[Record])
    texts: list[str] = field(default_factory=list[str])

    def extend(self, entries: Sequence[tuple[Record, str]]) -> None:
        for record, text in entries:
            self.records.append(record)
            self.texts.append(text)
            self.world.history.append(Durable(clock(), record))

    def read(self, run: str) -> list[Record]:
        return list(self.records)

    def lines(self, run: str) -> list[str]:
        return list(self.texts)

    def import_(self, lines: Iterable[str], learned: bool = False) -> list[Record]:
        return list(self.records)


@dataclass
class SimHost:
    """Nothing is asked of it: the guard and the checks know the world."""

    name: str = "the simulated host"

    async def script(self, text: str, timeout: float, limit: int = 0) -> Said:
        raise NotImplementedError

    async def shell(self) -> asyncio.subprocess.Process:
        raise NotImplementedError

    async def forward(self, host: str, port: int) -> tuple[str, int]:
        raise NotImplementedError

    async def presence(self, path: str) -> bool:
        return True

    async def close(self) -> None: ...


@dataclass
class HostState:
    """What the guard keeps on the host: it outlives every driver."""

    epoch: int = 0
    jobs: dict[str, CommandResult] = field(default_factory=dict[str, CommandResult])
    lines: list[str] = field(default_factory=list[str])


class SimGuard(Guard):
    """The guard's contract: one epoch, a key is started once, whoever asks again is attached."""

    def __init__(self, world: World, state: HostState, gateway: Gateway, steps: Mapping[str, Step]) -> None:
        super().__init__(SimHost(), "/", gateway)
        self._world, self._state, self._steps, self._door = world, state, steps, gateway

    async def take(self, run: str, who: Mapping[str, str], takeover: bool) -> Taken:
        async def effect() -> Taken:
            self._world.reach()
            self._state.epoch += 1
            return Taken(self._state.epoch, len(self._state.lines))

        return await self._door.do("take", run, effect)

    async def job(
        self,
        key: str,
        job: Job,
        epoch: int,
        timeout: float,
        lines: Sequence[str],
        first: int,
        run: str,
        last_disarm: int = 0,
    ) -> Done:
        step, args = deed(job.commands[0])

        async def effect() -> Done:
            self._world.reach()
            self._fence(epoch)
            self._mirror(lines, first)
            attached = key in self._state.jobs
            if not attached:
                self._state.jobs[key] = await self._world.perform(self._steps[step], args, key, timeout)
                await self._world.lose_answer(step)
            return Done(self._state.jobs[key], attached, len(self._state.lines))

        return await self._door.do("job", key, effect)

    async def find(self, key: str) -> Done | None:
        self._world.reach()
        found = self._state.jobs.get(key)
        return None if found is None else Done(found, True, 0)

    async def mirror(self, run: str, first: int, lines: Sequence[str], epoch: int) -> int:
        async def effect() -> int:
            self._world.reach()
            self._fence(epoch)
            return self._mirror(lines, first)

        return await self._door.do("mirror", run, effect)

    async def release(self, run: str, epoch: int) -> None:
        self._world.reach()

    async def lines(self, run: str, first: int = 1) -> list[str]:
        self._world.reach()
        return self._state.lines[first - 1 :]

    async def marks(self) -> list[str]:
        self._world.reach()
        return []

    def _fence(self, epoch: int) -> None:
        if epoch < self._state.epoch:
            raise Fenced("simulated: a newer driver has taken the environment")

    def _mirror(self, lines: Sequence[str], first: int) -> int:
        if first <= len(self._state.lines) + 1:
            self._state.lines[first - 1 :] = lines
        return len(self._state.lines)


def deed(command: Command) -> tuple[str, dict[str, Json]]:
    """The step and its arguments, as `SimAction` wrote them."""
    return command.argv[1], json.loads(command.argv[2])


class SimCheck(Check):
    """Asks the world."""

    step: ClassVar[Step]
    args: dict[str, Json]

    @property
    def max_seconds(self) -> float:
        return self.step.looks

    async def look(self, site: Site, since: Json) -> Observation:
        return await world_of(site).look(self.step, self.args, since)


class SimAction(Action):
    """Asks the world, and changes it."""

    step: ClassVar[Step]
    args: dict[str, Json]

    async def look(self, site: Site, since: Json) -> Observation:
        return await world_of(site).look(self.step, self.args, since)

    def act(self, site: Site, seen: Observation) -> Act:
        command = Command(("simulated", self.step.id, json.dumps(self.args, sort_keys=True)))
        if self.touches == "disarm":
            return UnfencedCommands((command,))
        return Job((command,), arms=self.touches == "arm")

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        world = world_of(site)

        async def effect() -> CommandResult:
            world.reach()
            done = await world.perform(self.step, self.args, "", self.settles or 60.0)
            await world.lose_answer(self.step.id)
            return done

        return await site.gateway.do("publish", self.step.id, effect)

    def judged(self, done: CommandResult) -> Observation | None:
        return Observation(Answer.YES, "simulated: exit 0") if self_judged(self.step) else None

    @property
    def settles(self) -> float | None:
        return self.step.settles

    @property
    def continues_unconfirmed(self) -> bool:
        return not self.step.confirms


def stand_in(step: Step) -> type[SimCheck] | type[SimAction]:
    """The class that stands for a step: it says of itself what the flow says of the step."""
    name = f"{step.id}:{step.use}"
    if not step.acts:
        return type(name, (SimCheck,), {"name": step.use, "step": step, "__module__": __name__})
    moves = {"arm": Interlock.ARMED, "disarm": Interlock.DISARMED}.get(step.touches or "")
    facts = {"touches": step.touches, "moves": moves, "repeats": step.repeats, "destroys": step.destroys}
    return type(name, (SimAction,), {"name": step.use, "step": step, **facts, "__module__": __name__})


@dataclass
class SimContext(RunContext):
    """The engine's own context; only what looks and acts is another."""

    stand_ins: Mapping[str, type[SimCheck] | type[SimAction]] = field(
        default_factory=dict[str, "type[SimCheck] | type[SimAction]"]
    )

    def check(self, step: Step, args: Mapping[str, Json]) -> Check:
        return self.stand_ins[step.id].model_construct(args=dict(args))


def world_of(site: Site) -> World:
    if (world := site.offered(World)) is None:
        raise LookupError("this site is not simulated")
    return world


def site_of(world: World, gateway: Gateway) -> Site:
    """A site on which the world is all that there is."""
    made: dict[type, Callable[[Site], object]] = {
        World: lambda _: world,
        InterlockSurvey: lambda _: _survey(world),
        Services: lambda _: _Services(world),
        Checkout: lambda _: _Checkout(world),
    }
    return Site(SimHost(), "/", gateway=gateway, offers=made.get)


def _survey(world: World) -> Callable[[Site], Awaitable[Surveyed]]:
    async def survey(_: Site) -> Surveyed:
        world.reach()
        return Surveyed(world.lock)

    return survey


@dataclass
class _Services:
    world: World

    async def release(self, site: Site, commit: str) -> Release:
        self.world.reach()
        return self.world.release()


@dataclass
class _Checkout:
    world: World

    async def head(self, site: Site) -> str:
        self.world.reach()
        return self.world.release().commit
