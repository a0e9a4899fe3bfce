"""A run of many steps whose actions cost nothing: what the engine and its journal take by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from titan_flow.adapters.base import Action, Adapter
from titan_flow.adapters.effects import Act, Command, CommandResult, Job
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Done, Guard
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.events import RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive
from titan_flow.workflow.engine.recorder import Recorder
from titan_flow.workflow.journal.location import open_journal


class Write(Action):
    """Done once its job has run."""

    name: ClassVar[str] = "memory.write"
    key: str

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(Answer.YES if self.key in site.kept(_Memory, _Memory).written else Answer.NO, self.key)

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((Command((self.key,)),))


MEMORY = Adapter("memory", "nothing outside this process", (Write,))


@dataclass
class _Memory:
    written: set[str] = field(default_factory=set[str])


class _MemoryGuard:
    """Runs a job by remembering it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def job(
        self,
        key: str,
        job: Job,
        epoch: int,
        timeout: float,
        lines: Sequence[str],
        first: int,
        run: str,
    ) -> Done:
        self._site.kept(_Memory, _Memory).written.add(job.commands[0].argv[0])
        return Done(CommandResult(0, ""), False, first - 1 + len(lines))


def flow(steps: int, each: int) -> Flow:
    """`steps` actions, `each` of them in one transition."""
    edges = max(1, steps // each)
    states = {f"s{n}": State(f"s{n}", initial=n == 0, goal=n == edges, interlock="any") for n in range(edges + 1)}
    transitions = {
        f"t{n}": Transition(
            f"t{n}",
            f"s{n}",
            f"s{n + 1}",
            actions=tuple(Step(f"t{n}/{k}", "memory.write", {"key": f"{n}.{k}"}, acts=True) for k in range(each)),
        )
        for n in range(edges)
    }
    return Flow("bench", states, transitions, {})


async def run(folder: Path, name: str, steps: int, each: int = 1) -> int:
    """Drives one run to its goal in a journal of its own; how many records it has."""
    site = Site(LocalHost(), "/", gateway=Gateway())
    context = RunContext(flow(steps, each), site, cast(Guard, _MemoryGuard(site)), Registry(MEMORY), epoch=1)
    journal = open_journal(f"sqlite:///{folder / f'{name}.sqlite'}")
    try:
        record = Recorder(name, journal, context, lambda _: None, [])
        await record(_STARTED)
        ended = await drive(context.flow, record.run, context, record, record.commit)
        if ended.state != f"s{max(1, steps // each)}":
            raise RuntimeError(f"the run ended in {ended.state}")
        return ended.seq
    finally:
        journal.close()


_STARTED = RunStarted(
    flow="bench",
    environment="bench",
    target="nowhere",
    spec="",
    spec_sha256="0" * 64,
    params={},
    operator=Operator(user="bench", host="here"),
    version="0",
    interlock=Interlock.UNKNOWN,
    state="s0",
)


def timed(folder: Path, name: str, steps: int, each: int = 1) -> Mapping[str, float]:
    """Wall and processor seconds of one run."""
    import time

    wall, processor = time.perf_counter(), time.process_time()
    asyncio.run(run(folder, name, steps, each))
    return {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
