"""The simulated ends of the engine's wires: gateway, journal, host and guard."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from titan_flow.adapters.effects import Command, CommandResult, Job
from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.guard.client import Done, Guard, Taken
from titan_flow.adapters.transport.base import Said
from titan_flow.states.events import Record
from titan_flow.states.model import Step
from titan_flow.states.values import Json
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
