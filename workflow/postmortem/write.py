"""Writes a bundle's files: for their owner only, masked, printable, bounded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from titan_flow.workflow.display.terminal import visible

LONGEST_LINE = 2_000
"""characters"""
LARGEST = 512 * 1024
"""characters of one file: the end of a longer one"""
ROOM = 16 * 1024 * 1024
"""bytes of a whole bundle"""


class Full(OSError):
    """The bundle is as large as a bundle may become."""


def write(root: Path, folder: str, files: Mapping[str, str], redactor: Callable[[str], str]) -> None:
    """Writes new files (0600) into a folder (0700) of the bundle at `root`; "" is the root. Raises OSError."""
    into = root / folder
    for made in (root, into):
        made.mkdir(mode=0o700, parents=made is root, exist_ok=True)
    left = ROOM - sum(file.lstat().st_size for file in root.rglob("*") if file.is_file())
    for name, text in files.items():
        raw = bounded(visible(redactor(text))).encode(errors="replace")
        if (left := left - len(raw)) < 0:
            raise Full(f"{root} has {ROOM // 1024**2} MB already")
        handle = os.open(into / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(raw)


def bounded(text: str) -> str:
    """Long lines cut, and of a long text the end."""
    lines = [line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…" for line in text.splitlines()]
    whole = "".join(f"{line}\n" for line in lines)
    if len(whole) <= LARGEST:
        return whole
    return f"… the beginning is left out: {len(whole) - LARGEST} characters\n{whole[-LARGEST:]}"
