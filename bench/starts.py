"""What a start costs: processor milliseconds and modules of a whole process, beside python and pydantic.

The cases run in turn (A B C A B C …), and each figure is the least of its rounds: what else the machine does only adds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import peers
from bench.grown_store import ENDED, build
from bench.growth import TITAN, spent
from bench.options import Options
from bench.rows import Row, missing, table, values, where

PART = "starts"
ROUNDS, RUNS, EVENTS = 10, 20, 20
SPECS = Path(__file__).parents[1] / "specs"
PYDANTIC = """
import os
os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
import pydantic
class Model(pydantic.BaseModel):
    field: int
"""
"""the floor of every command that reads a spec or a record"""
OTHERS = {
    "pyinfra --version": (peers.program("pyinfra"), "--version"),
    "ansible --version": (peers.program("ansible"), "--version"),
}
COUNTED = "import atexit, sys; atexit.register(lambda: print(len(sys.modules), file=sys.__stderr__))"


def measure(options: Options) -> Iterator[Row]:
    reason = peers.absent() if options.small else peers.install()
    if reason:
        yield {"part": PART, "missing": reason}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, RUNS, EVENTS)
        cases = {**commands(), **({} if reason else OTHERS)}
        for count in range(options.count(ROUNDS) + 1):  # the first one warms up
            for what, argv in cases.items():
                cost = spent(argv, folder)
                if count:
                    yield {"part": PART, "round": count, "command": what, **asdict(cost)}
        for what, argv in commands().items():
            yield {"part": PART, "command": what, "modules": modules(argv, folder)}


def tables(rows: Sequence[Row]) -> str:
    """The least of the rounds: what else the machine does only adds."""
    lines: list[list[str]] = []
    for what in values(rows, "command"):
        mine = where(rows, command=what)
        least = min(float(row["processor"]) for row in mine if "processor" in row)
        counted = [f"{row['modules']}" for row in mine if "modules" in row]
        lines.append([str(what), f"{1000 * least:.0f} ms", *(counted or [""])])
    return table(("a start, whole process", "processor", "modules"), lines) + missing(rows)


def commands() -> Mapping[str, Sequence[str]]:
    return {
        "an empty python": (sys.executable, "-c", "pass"),
        "pydantic, with one model": (sys.executable, "-c", PYDANTIC),
        "--version": (*TITAN, "--version"),
        "--help": (*TITAN, "--help"),
        "check specs/titan.yaml": (*TITAN, "check", str(SPECS / "titan.yaml")),
        "check specs/compose.yaml": (*TITAN, "check", str(SPECS / "compose.yaml")),
        f"history of {RUNS} runs": (*TITAN, "history", "--limit", str(RUNS)),
        "status of a run that has ended": (*TITAN, "status", ENDED),
    }


def modules(argv: Sequence[str], folder: Path) -> int:
    """Loaded when the process ends."""
    python, flag, code, *rest = argv
    environment = {**os.environ, "TITAN_FLOW_STORE": f"sqlite:///{folder / 'journal.db'}"}
    counted = (python, flag, f"{COUNTED}\n{code}", *rest)
    done = subprocess.run(counted, env=environment, capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1])
