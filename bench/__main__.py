"""`make bench`: what titan-flow costs beside what it stands on, as medians and ratios of one run on one machine.

Each pair is timed in turn (A B A B …), so that a machine whose speed drifts slows both.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import growth, steps

TITAN = (sys.executable, "-c", "import sys; from titan_flow.workflow.cli.main import main; sys.exit(main())")
SPEC = Path(__file__).parents[1] / "specs" / "titan.yaml"
ROUNDS = 7


def main() -> int:
    print(f"{'what':<46} {'titan-flow':>12} {'beside':>12}  ratio   beside what")
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        compare("--help, whole process", process(*TITAN, "--help"), process(sys.executable, "-c", "pass"), "python")
        compare(
            "check specs/titan.yaml, whole process", process(*TITAN, "check", str(SPEC)), yaml(), "reading the YAML"
        )
        compare("100 journal appends", appends(here), commits(here), "100 commits, SQLite WAL FULL")
        compare("a look on this machine", looks(here), process("sh", "-c", "true"), "sh -c true")
        compare("a job under the guard", jobs(here), process("sh", "-c", "true"), "sh -c true")
    print()
    steps.main()
    print()
    growth.main()
    return 0


def compare(what: str, ours: Callable[[], None], theirs: Callable[[], None], name: str) -> None:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS + 1):  # the first one warms up
        for side, run in zip(times, (ours, theirs), strict=True):
            began = time.perf_counter()
            run()
            side.append(time.perf_counter() - began)
    a, b = (statistics.median(side[1:]) for side in times)
    print(f"{what:<46} {a * 1000:>9.1f} ms {b * 1000:>9.1f} ms  {a / b:>5.1f}   {name}")


def process(*argv: str) -> Callable[[], None]:
    return lambda: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL) and None


def yaml() -> Callable[[], None]:
    code = "import sys, yaml; yaml.safe_load(open(sys.argv[1]))"
    return process(sys.executable, "-c", code, str(SPEC))


def appends(folder: Path) -> Callable[[], None]:
    from titan_flow.adapters.gateway import Gateway
    from titan_flow.states.events import InterlockSeen
    from titan_flow.states.values import Interlock
    from titan_flow.workflow.journal.location import open_journal

    journal, gateway, runs = open_journal(f"sqlite:///{folder / 'ours.sqlite'}"), Gateway(), iter(range(1_000_000))

    def run() -> None:
        from tests.workflow.journal.sample import started

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


def looks(folder: Path) -> Callable[[], None]:
    from titan_flow.adapters.effects import run as command
    from titan_flow.adapters.site import Site
    from titan_flow.adapters.transport.local import LocalHost

    return lambda: asyncio.run(Site(LocalHost(), str(folder)).run(command("true"))) and None


def jobs(folder: Path) -> Callable[[], None]:
    from titan_flow.adapters.effects import Job
    from titan_flow.adapters.effects import run as command
    from titan_flow.adapters.guard.client import Guard
    from titan_flow.adapters.transport.local import LocalHost

    guard, loop, keys = Guard(LocalHost(), str(folder)), asyncio.new_event_loop(), iter(range(1_000_000))
    epoch = loop.run_until_complete(guard.take("BENCH", {}, takeover=False)).epoch
    done = Job((command("true"),))
    return lambda: loop.run_until_complete(guard.job(f"k{next(keys)}", done, epoch, 30, [], 1, "BENCH")) and None


if __name__ == "__main__":
    sys.exit(main())
