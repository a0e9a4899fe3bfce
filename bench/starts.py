"""What a start costs: processor milliseconds and modules of a whole process, beside python and pydantic.

    python -m bench.starts [ROUNDS]

The cases run in turn (A B C A B C …), and each figure is the least of its rounds: what else the machine does only adds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.grown_store import build
from bench.growth import ENDED, LONG, TITAN, spent

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
COUNTED = "import atexit, sys; atexit.register(lambda: print(len(sys.modules), file=sys.__stderr__))"


def main(argv: Sequence[str] = ()) -> int:
    rounds = int(argv[0]) if argv else ROUNDS
    print(f"{'a start, whole process':<46} {'processor':>9} {'modules':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder, RUNS, EVENTS, LONG, ENDED)
        cases = commands()
        rows = [{what: spent(argv, folder).processor for what, argv in cases.items()} for _ in range(rounds + 1)]
        for what, command in cases.items():
            least = min(row[what] for row in rows[1:])  # the first one warms up
            print(f"{what:<46} {least * 1000:>6.0f} ms {modules(command, folder):>8}")
    return 0


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
