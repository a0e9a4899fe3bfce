"""A miniature production to rehearse in: real git, real NATS, real processes; no Docker, no root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from titan_flow.workflow.sandbox.build import build
from titan_flow.workflow.sandbox.release import publish
from titan_flow.workflow.sandbox.status import look
from titan_flow.workflow.sandbox.teardown import leave


def up(directory: Path, *, steady: str = "3s", watch: str = "5s", within: str = "25s") -> None:
    """Makes a sandbox: one release deployed, verified and armed, a newer good one at the tip. Raises SandboxError."""

    build(Path(directory), steady, watch, within)


def release(directory: Path, kind: str, after: float | None = None) -> str:
    """Puts a new release at the tip of main, deployed by nobody; its commit. Raises SandboxError."""

    return publish(Path(directory), kind, after)


def status(directory: Path) -> dict[str, Any]:
    """What is really there, as `sandbox status --json` says it. Raises SandboxError."""

    return look(Path(directory))


def down(directory: Path) -> None:
    """Ends every process of the sandbox and removes what `up` made. Raises SandboxError where there is none."""

    leave(Path(directory))
