"""Takes a sandbox down: its processes first, then what it made, and nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.workflow.sandbox import processes
from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import Layout, far, resolved, standing


def leave(root: Path) -> None:
    """Also where its directory was deleted by hand: its processes are found without it. Raises SandboxError."""
    root = resolved(root)
    try:
        layout = standing(root)
    except SandboxError:
        broken = os.path.lexists(root / "sandbox.json")  # False, not an error, where the folder is closed to us
        if not processes.end(root) and not broken:
            raise
        layout = Layout(root, {}, made=False)
    clear(layout)


def clear(layout: Layout) -> None:
    """Nothing of ours stays behind, however far it came; files of others do."""
    processes.end(layout.root)
    shutil.rmtree(far(layout.root), ignore_errors=True)
    shutil.rmtree(local_folder(layout.root / "opt"), ignore_errors=True)
    try:
        for path in layout.contents:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as why:
        raise SandboxError(f"{why.filename or layout.root} cannot be removed: {why.strerror or why}") from None
    if layout.made:
        with contextlib.suppress(OSError):
            layout.root.rmdir()
