"""A sandbox's processes. Each carries its directory in its environment, so that none is missed, nor another's taken."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError

MARK = "TITAN_FLOW_SANDBOX"
PATIENCE = 10.0


def environment(root: Path) -> dict[str, str]:
    """What they are started with: the mark, and as little else as possible; no secret of the caller's."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
    return {**kept, MARK: str(root)}


def living(root: Path) -> list[int]:
    """The supervisor first: it would start the others again."""
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _marked(entry, root)]
    return sorted(found, key=lambda pid: (b"supervisord" not in _command(pid), pid))


def end(root: Path) -> int:
    """Kills them all; how many there were. Nothing of them is worth a farewell. Raises SandboxError."""
    deadline, ended = time.monotonic() + PATIENCE, set[int]()
    while left := living(root):
        if time.monotonic() > deadline:
            raise SandboxError(
                f"{root}: processes {', '.join(map(str, left))} cannot be ended; look at them: ps -fp PID"
            )
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended.update(left)
        time.sleep(0.01)
    return len(ended)


def _marked(entry: Path, root: Path) -> bool:
    if int(entry.name) == os.getpid():
        return False
    try:
        return os.fsencode(f"{MARK}={root}") in (entry / "environ").read_bytes().split(b"\0")
    except OSError:  # another user's, or gone
        return False


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
