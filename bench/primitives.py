"""What titan-flow's smallest parts cost beside what they stand on. Each pair is timed in turn (A B A B …), so that a
machine whose speed drifts slows both."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.options import Options
from bench.rows import Row, median, table, values, where
from tests.workflow.journal.sample import started
from titan_flow.adapters.effects import Job
from titan_flow.adapters.effects import run as command
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.events import InterlockSeen
from titan_flow.states.values import Interlock
from titan_flow.workflow.journal.location import open_journal

PART, ROUNDS = "primitives", 7


def measure(options: Options) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        pairs = (
            ("100 journal appends", appends(here), "100 commits, SQLite WAL FULL", commits(here)),
            ("a look on this machine", looks(here), "sh -c true", shell),
            ("a job under the guard", jobs(here), "sh -c true", shell),
        )
        for count in range(options.count(ROUNDS) + 1):  # the first one warms up
            for what, ours, beside, theirs in pairs:
                row = {"seconds": _seconds(ours), "beside": _seconds(theirs)}
                if count:
                    yield {"part": PART, "round": count, "what": what, "other": beside, **row}


def tables(rows: Sequence[Row]) -> str:
    lines: list[list[str]] = []
    for what in values(rows, "what"):
        mine = where(rows, what=what)
        a, b = median(mine, "seconds"), median(mine, "beside")
        lines.append([f"{what} / {mine[0]['other']}", f"{a * 1000:.1f} ms", f"{b * 1000:.1f} ms", f"{a / b:.1f}"])
    return table(("titan-flow / beside", "titan-flow", "beside", "ratio"), lines)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def shell() -> None:
    subprocess.run(["sh", "-c", "true"], check=True)


def appends(folder: Path) -> Callable[[], None]:
    journal, gateway, runs = open_journal(f"sqlite:///{folder / 'ours.sqlite'}"), Gateway(), iter(range(1_000_000))

    def run() -> None:
        name = f"RUN{next(runs)}"
        journal.append(name, 0, started(), gateway.now())
        for seq in range(1, 100):
            journal.append(name, seq, InterlockSeen(interlock=Interlock.DISARMED), gateway.now())

    return run


def commits(folder: Path) -> Callable[[], None]:
    database = sqlite3.connect(folder / "theirs.sqlite", isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (at TEXT);")

    def run() -> None:
        for _ in range(100):
            database.execute("INSERT INTO t VALUES (datetime())")

    return run


def looks(folder: Path) -> Callable[[], object]:
    async def look() -> None:
        site = Site(LocalHost(), str(folder))
        try:
            await site.run(command("true"))
        finally:
            await site.close()

    return lambda: asyncio.run(look())


def jobs(folder: Path) -> Callable[[], object]:
    guard, loop, keys = Guard(LocalHost(), str(folder)), asyncio.new_event_loop(), iter(range(1_000_000))
    epoch = loop.run_until_complete(guard.take("BENCH", {}, takeover=False)).epoch
    done = Job((command("true"),))
    return lambda: loop.run_until_complete(guard.job(f"k{next(keys)}", done, epoch, 30, [], 1, "BENCH"))
