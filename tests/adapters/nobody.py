"""Somebody who may do nothing here: what is closed to others is closed to them."""

from __future__ import annotations

from pathlib import Path

from titan_flow.adapters.transport.local import LocalHost


def nobody() -> LocalHost:
    """This machine, as a user without a name or a group. Only root can become that."""
    return LocalHost(("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-s"))


def opened(folder: Path) -> None:
    """Anybody can come as far as this folder; pytest, and each of its workers, closes those above it."""
    folder.chmod(0o755)
    for parent in folder.parents:
        if parent.name.startswith(("pytest", "popen")):
            parent.chmod(0o755)
