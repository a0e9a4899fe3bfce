"""The tools that the bench compares with, in an environment of their own: build/bench/venv."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from zlib import crc32

HERE = Path(__file__).parent
VENV = HERE.parent / "build" / "bench" / "venv"
WANTED, LOCK = HERE / "requirements.txt", HERE / "requirements.lock"


def program(name: str) -> str:
    return str(VENV / "bin" / name)


def absent() -> str:
    """Why they are not installed; empty where they are."""
    return "" if _mark().exists() else "Ansible, pyinfra and DBOS are not installed; run `python -m bench install`"


@cache
def install() -> str:
    """Once for each version of the lock; why it cannot be done, else empty."""
    if not absent():
        return ""
    pip = [program("pip"), "install", "--quiet", "--disable-pip-version-check", "-c", str(LOCK), "-r", str(WANTED)]
    # Ansible brings 40,000 files: Python compiles what is used when it is used first
    for argv in ([sys.executable, "-m", "venv", str(VENV)], [*pip, "--no-compile"]):
        done = subprocess.run(argv, capture_output=True, text=True)
        if done.returncode != 0:
            return f"pip could not install it: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:200]}"
    _mark().touch()
    return ""


def versions() -> dict[str, str]:
    """Of what is installed."""
    code = "import importlib.metadata as m; print(*(m.version(n) for n in ('ansible-core', 'pyinfra', 'dbos')))"
    if absent():
        return {}
    said = subprocess.run([program("python"), "-c", code], capture_output=True, text=True, check=True).stdout
    return dict(zip(("Ansible", "pyinfra", "DBOS"), said.split(), strict=True))


def _mark() -> Path:
    """Of the lock that is installed."""
    return VENV / f".ready-{crc32(LOCK.read_bytes()):08x}"
