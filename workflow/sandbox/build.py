"""Builds a sandbox: history, checkout, processes; armed once, with a newer release waiting."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from titan_flow.workflow.sandbox import daemons, ports, processes
from titan_flow.workflow.sandbox.arm import arm
from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import PORTS, Layout, resolved
from titan_flow.workflow.sandbox.release import commit
from titan_flow.workflow.sandbox.repository import git

UNFIT = re.compile(r"[^\w /.+@=~:,-]")
"""what one of YAML, supervisord's files and its patterns would take for something else"""


def build(root: Path, steady: str, watch: str, within: str) -> Layout:
    """Raises SandboxError; what was half made is taken down again."""
    root = resolved(root)
    _vacant(root)
    daemons.needed()
    layout = Layout(root, ports.free(PORTS), made=not root.exists())
    _claim(layout)
    try:
        _furnish(layout, steady, watch, within)
    except BaseException as why:
        from titan_flow.workflow.sandbox.teardown import clear

        clear(layout)
        if isinstance(why, OSError):
            raise SandboxError(f"{why.filename or root}: {why.strerror or why}") from None
        raise
    return layout


def _vacant(root: Path) -> None:
    if found := UNFIT.search(str(root)):
        raise SandboxError(f"{root}: a sandbox's path cannot hold {found.group()!r}; name another directory")
    try:
        card, empty = (root / "sandbox.json").exists(), not (root.exists() and any(root.iterdir()))
    except OSError as why:
        raise SandboxError(f"{root}: {why.strerror}; name another directory") from None
    if card:
        if processes.living(root):
            raise SandboxError(f"{root}: a sandbox is already here; remove it: titan-flow sandbox down {root}")
        raise SandboxError(f"{root}: a sandbox was here, nothing of it runs; first: titan-flow sandbox down {root}")
    if processes.living(root):
        raise SandboxError(f"{root}: a sandbox that was deleted still runs; first: titan-flow sandbox down {root}")
    if not empty:
        raise SandboxError(f"{root} is not empty; name a new directory")


def _claim(layout: Layout) -> None:
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
        layout.save()
    except FileExistsError:
        raise SandboxError(f"{layout.root}: another `sandbox up` was faster; name another directory") from None
    except OSError as why:
        raise SandboxError(f"{why.filename}: {why.strerror}; name another directory") from None


def _furnish(layout: Layout, steady: str, watch: str, within: str) -> None:
    _history(layout)
    daemons.configure(layout)
    _spec(layout, steady, watch, within)
    daemons.start(layout)
    commit(layout, 2, "good")  # while the services of the first release come up
    arm(layout)


def _history(layout: Layout) -> None:
    """One release: committed, pulled and checked out where it is deployed."""
    for folder in (layout.registry, layout.images, layout.run):
        folder.mkdir()
    layout.run.chmod(0o700)
    git(layout.root, "init", "-q", "--bare", "-b", "main", str(layout.origin))
    git(layout.root, "init", "-q", "-b", "main", str(layout.work))
    git(layout.work, "remote", "add", "origin", str(layout.origin))
    commit(layout, 1, "good")
    git(layout.root, "clone", "-q", str(layout.origin), str(layout.checkout))
    subprocess.run([sys.executable, layout.checkout / "bin" / "pull"], check=True, capture_output=True)


def _spec(layout: Layout, steady: str, watch: str, within: str) -> None:
    """The runbook of this sandbox, ready to run."""
    text = (files("titan_flow.workflow.sandbox") / "templates" / "spec.yaml").read_text(encoding="utf-8")
    values = {
        "DIRECTORY": layout.checkout,
        "SOCKET": layout.socket,
        "PYTHON": sys.executable,
        "PASSWORD": layout.password,
        "NATS": layout.ports["nats"],
        "FRONT": layout.ports["traefik"],
        "EXECUTION": layout.ports["execution"],
        "STEADY": steady,
        "WATCH": watch,
        "WITHIN": within,
    }
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    layout.spec.write_text(text, encoding="utf-8")
