"""Everything that a droplet puts on this machine, by its name, and how it is taken away, also after its owner died.

Names hold the pid of the test session that owns them: `tf<pid>-<number>`.
"""

import os
import re
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from tests.droplet.network import NAMESPACES, Network

HOME = Path("/var/lib/titan-flow-droplets")
CGROUPS = Path("/sys/fs/cgroup")
_NAME = re.compile(r"tf(\d+)-\d+")


def claim(directory: Path) -> None:
    """Writes down who owns it: a pid alone may have come round again."""
    (directory / "owner").write_text(_birth(os.getpid()))


def remove(name: str) -> None:
    """Ends what runs in the droplet's network, then removes network, control groups and files."""
    space = Network(name)
    deadline = time.monotonic() + 10
    while space.path.exists() and (running := space.processes()) and time.monotonic() < deadline:
        for pid in running:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    space.remove()
    for group in control_groups(name):
        for folder, _, _ in os.walk(group, topdown=False):
            with suppress(OSError):
                os.rmdir(folder)
    shutil.rmtree(HOME / name, ignore_errors=True)
    with suppress(OSError):  # others stand there
        HOME.rmdir()


def control_groups(name: str) -> list[Path]:
    """In the one tree of cgroup v2, or in each of v1."""
    return [path for path in (CGROUPS / name, *CGROUPS.glob(f"*/{name}")) if path.is_dir()]


def sweep() -> list[str]:
    """Removes what sessions left that were killed; the droplets of living ones stay."""
    names = {path.name for folder in (HOME, NAMESPACES) if folder.is_dir() for path in folder.iterdir()}
    dead = sorted(name for name in names if _NAME.fullmatch(name) and not _owned(name))
    for name in dead:
        remove(name)
    return dead


def _owned(name: str) -> bool:
    found = _NAME.fullmatch(name)
    assert found is not None
    birth = _birth(int(found[1]))
    try:
        return bool(birth) and (HOME / name / "owner").read_text() in (birth, "")
    except OSError:  # being built or being removed: its owner sees to it
        return bool(birth)


def _birth(pid: int) -> str:
    """When a process started, in ticks since boot; empty where there is none (a zombie is none)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
