"""What reading commands cost when a journal has grown: many runs, and one very long run.

Each command is a whole process: processor seconds and the largest resident memory, and what it takes beyond a python
that does nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.grown_store import ENDED, LONG, build
from bench.options import Options
from bench.rows import Row, median, table, values, where

PART = "growth"
RUNS, EVENTS, ROUNDS = 10_000, 100_000, 3
TITAN = (sys.executable, "-c", "import sys; from titan_flow.workflow.cli.main import main; sys.exit(main())")
DECIDES = """
import sys
from titan_flow.adapters.registry import Registry
from titan_flow.states.moves import next_move
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.specfile.load import loads
journal = open_journal(None, write=False)
run = journal.account(sys.argv[1]).run
print(next_move(loads(run.started.spec, "spec", Registry()).flow, run))
"""
"""what `resume` decides, without what it asks the host"""

LAUNCHER = """
import os, sys, time
from subprocess import DEVNULL, Popen
began = time.monotonic()
process = Popen(sys.argv[1:], stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
_, status, used = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
wall = time.monotonic() - began
print(process.returncode, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)
"""
"""a small process starts the command: a child begins with its parent's memory on its account"""


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds of processor, seconds on the wall, and MB that were resident at most."""

    processor: float
    wall: float
    memory: float


def measure(options: Options) -> Iterator[Row]:
    runs, events = (3, 20) if options.small else (RUNS, EVENTS)
    with tempfile.TemporaryDirectory() as name:
        build(Path(name), runs, events)
        yield from measured(Path(name), runs, events, options.count(ROUNDS))


def measured(folder: Path, runs: int, events: int, rounds: int) -> Iterator[Row]:
    for count in range(1, rounds + 1):
        for what, argv in commands(folder).items():
            cost = spent(argv, folder)
            yield {"part": PART, "runs": runs, "events": events, "round": count, "command": what, **asdict(cost)}


def tables(rows: Sequence[Row]) -> str:
    """Medians; `beyond`: what a command takes beyond a python that does nothing."""
    empty = median(where(rows, command="an empty python"), "processor")
    lines: list[list[str]] = []
    for what in values(rows, "command"):
        mine = where(rows, command=what)
        processor, wall, memory = (median(mine, key) for key in ("processor", "wall", "memory"))
        figures = (processor, processor - empty, wall)
        lines.append([str(what), *(f"{1000 * seconds:.0f} ms" for seconds in figures), f"{memory:.0f} MB"])
    said = f"{rows[0]['runs']} runs in the journal, and two of {rows[0]['events']} events."
    return f"{said}\n\n{table(('command', 'processor', 'beyond', 'wall', 'memory'), lines)}"


def commands(folder: Path) -> Mapping[str, Sequence[str]]:
    spec = str(folder / "flow.yaml")
    return {
        "an empty python": (sys.executable, "-c", "pass"),
        "history": (*TITAN, "history"),
        "history --json --limit 20": (*TITAN, "history", "--json", "--limit", "20"),
        "history --json": (*TITAN, "history", "--json"),
        "status (the newest run)": (*TITAN, "status"),
        "status SPEC": (*TITAN, "status", spec),
        "status of the long run": (*TITAN, "status", LONG),
        "status of the long run that has ended": (*TITAN, "status", ENDED),
        "resume of the long run: what it decides": (sys.executable, "-c", DECIDES, LONG),
        "resume of the long run that has ended": (*TITAN, "resume", ENDED),
        "events of the long run": (*TITAN, "events", LONG),
        "events --json of the long run": (*TITAN, "events", LONG, "--json"),
        "audit of the long run": (*TITAN, "audit", LONG),
    }


def spent(argv: Sequence[str], folder: Path) -> Cost:
    environment = {**os.environ, "TITAN_FLOW_STORE": f"sqlite:///{folder / 'journal.db'}"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, *argv], env=environment, capture_output=True, text=True, check=True
    )
    code, *cost = done.stdout.split()
    if int(code) not in (0, 7):
        raise RuntimeError(f"{' '.join(argv[-3:])}: exit {code}")
    return Cost(*map(float, cost))
