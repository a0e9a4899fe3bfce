"""SSH keys made for a test, and an agent that holds some."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def make(folder: Path, name: str) -> Path:
    """An unprotected key; its public half lies beside it."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
    return path


def public(key: Path) -> str:
    return Path(f"{key}.pub").read_text().strip()


def fingerprint(key: Path) -> str:
    said = subprocess.run(["ssh-keygen", "-l", "-E", "sha256", "-f", key], check=True, capture_output=True, text=True)
    return said.stdout.split()[1]


@contextmanager
def agent(*keys: Path) -> Generator[dict[str, str]]:
    """The environment that names an agent of our own with these keys."""
    socket = keys[0].parent / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert process.poll() is None
        env = {"SSH_AUTH_SOCK": str(socket)}
        subprocess.run(["ssh-add", "-q", *keys], check=True, env=env, capture_output=True)
        yield env
    finally:
        process.terminate()
        process.wait()
