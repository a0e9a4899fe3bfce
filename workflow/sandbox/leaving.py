"""Takes a sandbox down: its processes first, then what it made."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

from titan_flow.workflow.sandbox.layout import Layout, standing

PATIENCE = 10.0


def leave(root: Path) -> None:
    clear(standing(root), made=True)


def clear(layout: Layout, made: bool) -> None:
    """Nothing stays behind, whatever was there already. `made`: the directory itself is ours to remove."""
    _end(layout)
    shutil.rmtree(layout.socket.parent, ignore_errors=True)
    if made:
        shutil.rmtree(layout.root, ignore_errors=True)
        return
    for child in layout.root.iterdir() if layout.root.exists() else ():
        shutil.rmtree(child) if child.is_dir() else child.unlink()


def _end(layout: Layout) -> None:
    """supervisord ends its children, then itself; what does not listen is killed with its group."""
    pid = _pid(layout)
    if pid is None:
        return
    try:
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            os.kill(pid, 0)
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _pid(layout: Layout) -> int | None:
    """supervisord's, if it is still the one that was started for this sandbox."""
    try:
        pid = int((layout.run / "supervisord.pid").read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(layout.run).encode() in command else None
