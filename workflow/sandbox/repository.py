"""git, for a sandbox: deaf to whatever the user, the system or the caller's own environment has configured."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError

DEAF = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def git(at: Path, *argv: str, env: Mapping[str, str] | None = None) -> str:
    """What it says, without the last newline. Raises SandboxError."""
    from plumbum import CommandNotFound, local
    from plumbum.commands.processes import ProcessExecutionError

    # GIT_DIR and its like are set in every hook, and would have us commit into the caller's own repository.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        return str(local["git"]["-C", str(at)][argv](env={**kept, **DEAF, **(env or {})})).strip("\n")
    except CommandNotFound:
        raise SandboxError("git is not installed; the sandbox needs it") from None
    except ProcessExecutionError as why:
        said = str(why.stderr).strip().splitlines() or [f"exit {why.retcode}"]
        raise SandboxError(f"{at}: git {argv[0]}: {said[-1]}") from None
