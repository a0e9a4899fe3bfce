"""Several laptops around one sandbox: each has a journal of its own, and nothing else in common but the host."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.workflow.rehearsal import TITAN, Rehearsal
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.workflow.sandbox import lifecycle as sandbox


@dataclass
class Laptop(Rehearsal):
    """`given`: the spec that it was handed, where it is another file than the sandbox's."""

    given: Path | None = None

    @property
    def path(self) -> str:
        return str(self.given or self.spec)

    def stopping(self, signal_: str, operation: str, *argv: str) -> subprocess.Popen[str]:
        """A process that sends itself that signal once the operation is done (`tests/crash/stopping.py`)."""
        return self.begin(*argv, program=(sys.executable, "-m", "tests.crash.stopping", signal_, operation))

    def begin(self, *argv: str, program: Sequence[str] = TITAN) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*program, *argv],
            env={**os.environ, "TITAN_FLOW_STORE": self.store, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def json(self, *argv: str) -> Any:
        done = self.typed(*argv, "--json")
        self.said = done.stderr
        return json.loads(done.stdout)

    def killed(self, operation: str, *argv: str) -> None:
        """Ran until that operation, and no further."""
        process = self.stopping("SIGKILL", operation, *(argv or ("run", self.path, "--yes")))
        self.said, _ = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, self.said

    @property
    def mirror(self) -> Path:
        """What the host keeps of the runs."""
        return local_folder(self.directory / "opt") / "runs"


def frozen(process: subprocess.Popen[str]) -> None:
    """Returns once the process has stopped itself."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[0]
        if Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T":
            return
        time.sleep(0.02)
    raise AssertionError("it never stopped")


@contextmanager
def standing(folder: Path) -> Generator[Laptop]:
    """A sandbox with short holds, seen from a first laptop."""
    directory = folder / "sandbox"
    sandbox.up(directory, steady="200ms", watch="1s", within="12s")
    try:
        yield Laptop(directory, f"sqlite:///{folder / 'first.sqlite'}")
    finally:
        sandbox.down(directory)


def another(laptop: Laptop, name: str, given: Path | None = None) -> Laptop:
    return Laptop(laptop.directory, f"sqlite:///{laptop.directory.parent / name}.sqlite", given)
