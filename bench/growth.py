"""What reading commands cost when a journal has grown: many runs, and one very long run.

    python -m bench.growth [RUNS] [EVENTS]

Each command is a whole process: processor seconds and the largest resident memory, and what it takes beyond a python
that does nothing.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNS, EVENTS, ROUNDS = 10_000, 100_000, 3
LONG, ENDED = "LONGER", "LONGED"
"""two runs of many events: one whose driver is gone, and one that has ended"""
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


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds of processor, seconds on the wall, and MB that were resident at most."""

    processor: float
    wall: float
    memory: float


def main(argv: Sequence[str] = ()) -> int:
    if argv[:1] == ["build"]:
        from bench.grown_store import build

        build(Path(argv[1]), int(argv[2]), int(argv[3]), LONG, ENDED)
        return 0
    runs, events = (int(argv[0]), int(argv[1])) if argv else (RUNS, EVENTS)
    with tempfile.TemporaryDirectory() as folder:
        # in a process of its own: a child begins with its parent's memory on its account
        subprocess.run([sys.executable, "-m", "bench.growth", "build", folder, str(runs), str(events)], check=True)
        table(Path(folder), runs, events)
    return 0


def table(folder: Path, runs: int, events: int, rounds: int = ROUNDS) -> None:
    """Prints what each command costs."""
    print(f"{f'{runs} runs, and two of {events} events':<46} {'processor':>9} {'beyond':>8} {'wall':>8} {'memory':>8}")
    empty = Cost(0, 0, 0)
    for what, argv in commands(folder).items():
        costs = [spent(argv, folder) for _ in range(rounds)]
        now = Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in Cost.__annotations__))
        empty = now if what == "an empty python" else empty
        beyond = (now.processor - empty.processor) * 1000
        spent_by = f"{now.processor * 1000:>6.0f} ms {beyond:>5.0f} ms {now.wall * 1000:>5.0f} ms {now.memory:>5.0f} MB"
        print(f"{what:<46} {spent_by}")


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
    began = time.monotonic()
    process = subprocess.Popen(
        argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 7):
        raise RuntimeError(f"{' '.join(argv[-3:])}: exit {process.returncode}")
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
