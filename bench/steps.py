"""A run of many steps whose actions cost nothing: what the engine and its journal take by themselves.

Beside it, in turn, the commits alone (the same file system, SQLite with WAL and FULL, two commits for each step), and a
workflow of DBOS on SQLite, in WAL with FULL as well.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from bench import peers
from bench.options import Options
from bench.rows import Row, median, missing, table, values, where
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

PART, ROUNDS, SIZES = "steps", 5, (5, 50, 500)


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
    return {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}


def committed(folder: Path, commits: int) -> Mapping[str, float]:
    """The same of so many commits of SQLite, one row each."""
    with tempfile.TemporaryDirectory(dir=folder) as here:
        database = sqlite3.connect(Path(here) / "raw.sqlite", isolation_level=None)
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (line TEXT);")
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(commits):
            database.execute("INSERT INTO t VALUES (?)", ("x" * 400,))
        spent = {"seconds": time.perf_counter() - wall, "processor": time.process_time() - processor}
        database.close()
    return spent


def measure(options: Options) -> Iterator[Row]:
    sizes, peer = ((4,), peers.absent()) if options.small else (SIZES, peers.install())
    if peer and options.wants("DBOS"):
        yield {"part": PART, "tool": "DBOS", "missing": peer}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        timed(folder, "warm", 5)
        for count in range(1, options.count(ROUNDS) + 1):
            for steps in sizes:
                for tool, spent in _round(folder, steps, with_dbos=not peer).items():
                    if options.wants(tool):
                        yield {"part": PART, "round": count, "steps": steps, "tool": tool, **spent}


def _round(folder: Path, steps: int, with_dbos: bool) -> Mapping[str, Mapping[str, float]]:
    """One run of each, of so many steps; short ones are repeated, and their sum divided."""
    times = max(1, min(10, 500 // steps))
    runs = [timed(folder, f"{steps}-{time.monotonic_ns()}", steps) for _ in range(times)]
    raw = committed(folder, 2 * steps * times)
    found = {
        "titan-flow": {key: sum(one[key] for one in runs) / times for key in runs[0]},
        "SQLite": {key: value / times for key, value in raw.items()},
    }
    return {**found, "DBOS": _dbos(folder, steps)} if with_dbos else found


def _dbos(folder: Path, steps: int) -> Mapping[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as here:
        argv = [peers.program("python"), str(Path(__file__).parent / "dbos_steps.py"), here, str(steps)]
        said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    return json.loads(said.splitlines()[-1])


def tables(rows: Sequence[Row]) -> str:
    """Steps a second and processor a step: medians of all rounds."""
    lines: list[list[str]] = []
    for steps in values(rows, "steps"):
        here = where(rows, steps=steps)
        raw = where(here, tool="SQLite")
        for tool in values(here, "tool"):
            mine = where(here, tool=tool)
            each, processor = (median(mine, key) / int(steps) for key in ("seconds", "processor"))
            share = f"{median(raw, 'seconds') / median(mine, 'seconds'):.2f}" if raw else ""
            lines.append([f"{tool}, {steps} steps", f"{1 / each:.0f}", share, f"{1000 * processor:.2f} ms"])
    return table(("durable steps", "steps/s", "of SQLite", "processor a step"), lines) + missing(rows)
