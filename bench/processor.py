"""Processor seconds on both sides of a deployment, by control groups: ended and detached processes are counted too."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.droplet.leftovers import control_groups
from tests.droplet.machine import Droplet


class Meter:
    """Of a droplet that is up. Its groups go when the droplet goes down."""

    def __init__(self, droplet: Droplet) -> None:
        self._group = next(group for group in control_groups(droplet.name) if _counts(group))
        self._here, there = self._group / "controller", self._group / "host"
        for group in (self._here, there):
            group.mkdir(exist_ok=True)
        for process in _of_the_droplet(droplet.pid):
            with suppress(ProcessLookupError):
                (there / "cgroup.procs").write_text(process)

    def enter(self) -> list[str]:
        """Put before a command line, this counts it, and all that it starts, as the controller's."""
        return ["sh", "-c", 'echo $$ >"$0"; exec "$@"', str(self._here / "cgroup.procs")]

    def end(self) -> None:
        """Ends what a deployment left running here, as kept connections are: the next one begins without."""
        for process in (self._here / "cgroup.procs").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)

    def controller(self) -> float:
        return _seconds(self._here)

    def droplet(self) -> float:
        """Engine, containers, logins and what is run there."""
        return _seconds(self._group) - _seconds(self._here)


def _counts(group: Path) -> bool:
    """cgroup v1 counts in a tree of its own; v2 in the only one."""
    return (group / "cpuacct.usage").exists() or "usage_usec" in _text(group / "cpu.stat")


def _seconds(group: Path) -> float:
    if nanoseconds := _text(group / "cpuacct.usage"):
        return int(nanoseconds) / 1e9
    return int(_text(group / "cpu.stat").split()[1]) / 1e6


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _of_the_droplet(pid: int) -> list[str]:
    """In its PID 1's own namespace; what runs in containers is in groups of its own."""
    space = Path(f"/proc/{pid}/ns/pid").readlink()
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "ns/pid").readlink() == space:
                found.append(entry.name)
    return found
