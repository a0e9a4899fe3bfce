"""Twenty runs at once: one process, one event loop, one journal. Hosts, guards and adapters are in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from tests.started import OLGA, started
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.states.chain import line
from titan_flow.states.events import Record
from titan_flow.states.model import Flow, Patience, State, Step, Transition
from titan_flow.states.values import Answer, Json, Observation, Outcome
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.model import Spec, Target

QUICK = Patience(timeout=5, within=0.05, attempts=2, wait_min=0.001, wait_max=0.002)


@dataclass
class World:
    """One host: what runs there, and whether it is ever healthy."""

    name: str
    healthy: bool
    runs: str = "v1"
    jobs: dict[str, CommandResult] = field(default_factory=dict[str, CommandResult])
    lines: list[str] = field(default_factory=list[str])
    holder: str = ""

    async def close(self) -> None: ...


def world(site: Site) -> World:
    return cast(World, site.host)


class Up(Action):
    name: ClassVar[str] = "memory.up"
    to: str

    async def look(self, site: Site, since: Json) -> Observation:
        await asyncio.sleep(0.001)
        return Observation(Answer.YES if world(site).runs == self.to else Answer.NO)

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((Command(("up", self.to)),))


class Healthy(Check):
    name: ClassVar[str] = "memory.healthy"

    async def look(self, site: Site, since: Json) -> Observation:
        await asyncio.sleep(0.001)
        return Observation(Answer.YES if world(site).healthy else Answer.NO, "unhealthy", final=True)


REGISTRY = Registry(Adapter("memory", "Hosts in memory", (Up, Healthy)), table={}, group="")


@dataclass(frozen=True)
class Done:
    completed: CommandResult
    mirrored: int


@dataclass(frozen=True)
class Taken:
    epoch: int = 1
    mirrored: int = 0


@dataclass
class MemoryGuard:
    world: World

    async def take(self, run: str, who: object, takeover: bool) -> Taken:
        assert not self.world.holder
        self.world.holder = run
        return Taken()

    async def job(self, key: str, job: Job, epoch: int, timeout: float, lines: list[str], first: int, run: str) -> Done:
        await asyncio.sleep(0.001)
        self.world.lines += lines
        if key not in self.world.jobs:
            self.world.jobs[key], self.world.runs = CommandResult(0, ""), job.commands[0].argv[1]
        return Done(self.world.jobs[key], first - 1 + len(lines))

    async def find(self, key: str) -> Done | None:
        return None

    async def mirror(self, run: str, first: int, lines: list[str], epoch: int) -> int:
        self.world.lines += lines
        return first - 1 + len(lines)

    async def release(self, run: str, epoch: int) -> None:
        assert self.world.holder == run
        self.world.holder = ""


FLOW = Flow(
    "memory",
    {
        "Ready": State("Ready", initial=True, interlock="any"),
        "Up": State("Up", interlock="any"),
        "Verified": State("Verified", goal=True, interlock="any"),
        "Halted": State("Halted", rest=True, interlock="any"),
    },
    {
        "up": Transition(
            "up",
            "Ready",
            "Up",
            (),
            (Step("up/1", "memory.up", {"to": "v2"}, acts=True),),
            on_failure="Halted",
            patience=QUICK,
        ),
        "verify": Transition(
            "verify", "Up", "Verified", (Step("verify/1", "memory.healthy"),), on_failure="Halted", patience=QUICK
        ),
    },
    {},
)
SPEC = Spec("memory.yaml", "", "", FLOW, {}, Target(None, "/"), {}, REGISTRY)


async def test_twenty_runs_share_a_process_a_loop_and_a_journal(tmp_path: Path) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db")
    worlds = [World(f"host{n}", healthy=n % 5 != 0) for n in range(20)]
    seen = dict[str, list[Record]]()
    order, warned = list[str](), list[str]()

    async def one(there: World) -> Outcome:
        async def connect(spec: Spec) -> Environment:
            site = Site(cast(Host, there), "/")
            return Environment(spec, site, cast(Guard, MemoryGuard(there)), there.name)

        def sink(record: Record) -> None:
            seen.setdefault(there.name, []).append(record)
            order.append(there.name)

        options = Options(journal=journal, operator=OLGA, connect=connect, diagnostics=tmp_path, warn=warned.append)
        first = started(FLOW.name, there.name, there.name)
        async with Session(SPEC, options) as session:
            return (await session.start(first, sink=sink)).outcome

    outcomes = await asyncio.gather(*map(one, worlds))

    assert outcomes == [Outcome.REACHED if one.healthy else Outcome.HALTED for one in worlds]
    assert all(one.runs == "v2" and len(one.jobs) == 1 and not one.holder for one in worlds)
    for there in worlds:
        records = seen[there.name]
        assert {record.run for record in records} == {records[0].run}
        assert journal.read(records[0].run) == records
        assert there.lines == [line(record) for record in records], "the host has the whole run"
    assert len(journal.summaries()) == 20
    ends = [len(order) - 1 - order[::-1].index(one.name) for one in worlds]
    assert max(order.index(one.name) for one in worlds) < min(ends), "all had begun before the first one ended"
    journal.close()
