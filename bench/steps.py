"""A run of many steps whose actions cost nothing: what the engine and its journal take by themselves.

    python -m bench.steps [STEPS]

Beside it, in turn, the commits alone: the same file system, SQLite with WAL and FULL, two commits for each step.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
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

ROUNDS = 5


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
    wall, processor = time.perf_counter(), time.process_time()
    asyncio.run(run(folder, name, steps, each))
    return {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}


def committed(folder: Path, commits: int) -> Mapping[str, float]:
    """The same of so many commits of SQLite, one row each."""
    with tempfile.TemporaryDirectory(dir=folder) as here:
        database = sqlite3.connect(Path(here) / "raw.sqlite", isolation_level=None)
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (line TEXT);")
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(commits):
            database.execute("INSERT INTO t VALUES (?)", ("x" * 400,))
        spent = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
        database.close()
    return spent


def main(argv: Sequence[str] = ()) -> int:
    most = int(argv[0]) if argv else 500
    print(f"{'steps in one run':<20} {'steps/s':>8} {'of the limit':>13} {'processor a step':>17} {'of it SQLite':>13}")
    with tempfile.TemporaryDirectory() as folder:
        timed(Path(folder), "warm", 5)
        for steps in sorted({max(1, most // 100), max(1, most // 10), most}):
            print(row(Path(folder), steps, max(1, min(10, most // steps))))
    return 0


def row(folder: Path, steps: int, runs: int) -> str:
    """Medians of five rounds: so many runs, and the commits alone, in turn."""
    ours, raw = list[Mapping[str, float]](), list[Mapping[str, float]]()
    for _ in range(ROUNDS):
        times = [timed(folder, f"{steps}-{time.monotonic_ns()}", steps) for _ in range(runs)]
        ours.append({key: sum(one[key] for one in times) for key in times[0]})
        raw.append(committed(folder, 2 * steps * runs))
    wall, processor, limit, sqlite = (
        statistics.median(one[key] for one in side) / runs / steps
        for side in (ours, raw)
        for key in ("wall", "processor")
    )
    rate = f"{steps:<20} {1 / wall:>8.0f} {limit / wall:>13.2f}"
    return f"{rate} {processor * 1000:>14.2f} ms {sqlite * 1000:>10.2f} ms"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
