"""Reads a file that somebody names, in bounded time and memory: only a plain file, and only so much of it.

Opening a pipe waits for a writer, a terminal or a device can give bytes without end: neither is read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


class Unreadable(ValueError):
    """Why a file is not read, in a few words."""


@contextmanager
def opened(path: str | Path) -> Generator[BinaryIO]:
    """The plain file, open for reading. Raises Unreadable, also for what fails while it is read."""
    try:
        _must_be_plain(_status(path))  # opening some devices does something
        with open(path, "rb", opener=_without_waiting) as file:
            _must_be_plain(os.fstat(file.fileno()))
            yield file
    except OSError as why:
        raise Unreadable(why.strerror or str(why)) from None


def plain_bytes(path: str | Path, most: int) -> bytes:
    """What the file holds; one byte more than `most` where it holds more than that. Raises Unreadable."""
    with opened(path) as file:
        return file.read(most + 1)


def is_plain(path: str) -> bool:
    """Whether a plain file has that name, whatever else the text may be: the id of a run, or too long for a name."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def _status(path: str | Path) -> os.stat_result:
    try:
        return Path(path).stat()
    except ValueError as why:  # a NUL in its name
        raise Unreadable(str(why)) from None


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _must_be_plain(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Unreadable(next((why for is_kind, why in _KINDS if is_kind(found.st_mode)), "it is not a plain file"))
