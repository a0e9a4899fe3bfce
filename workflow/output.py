"""What leaves a command: on the terminal's streams and in files, with every learned secret masked."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO, cast

from titan_flow.adapters.redaction import Redactor, begun, current
from titan_flow.workflow.errors import UsageError

PIPE_PATIENCE = 1.0
"""seconds that a full pipe is waited for"""


class MaskedStream:
    """A text stream that masks what is written to it. `plain` is for records, which were masked when recorded.

    `expendable`: what it cannot take is lost, and nothing fails for it.
    """

    def __init__(self, plain: TextIO, redactor: Redactor, expendable: bool = False) -> None:
        self.plain, self._redactor, self._expendable = plain, redactor, expendable

    def write(self, text: str) -> int:
        with self._lossy():
            self.plain.write(self._redactor(text))
        return len(text)

    def flush(self) -> None:
        with self._lossy():
            self.plain.flush()

    @contextmanager
    def _lossy(self) -> Generator[None]:
        try:
            yield
        except OSError:
            if not self._expendable:
                raise
            silence(self.plain)

    def __getattr__(self, name: str) -> object:
        return getattr(self.plain, name)


@contextmanager
def masked_streams() -> Generator[None]:
    """Everything that this command prints passes its redactor; after an unexpected error, the traceback does too.

    stdout is the result, and fails where it cannot be written; stderr is progress, and never fails a command.
    """
    out, err = sys.stdout, sys.stderr
    with begun() as redactor:
        sys.stdout = cast("TextIO", MaskedStream(out, redactor))
        sys.stderr = cast("TextIO", MaskedStream(err, redactor, expendable=True))
        yield
    sys.stdout, sys.stderr = out, err


def write(path: str, text: str, force: bool = False) -> None:
    """A result into a new file; over one that exists only with `force`. Raises UsageError."""
    try:
        over = force or (Path(path).exists() and not Path(path).is_file())  # /dev/stdout, a pipe, a folder's own error
        mode = "w" if over else "x"
        with open(path, mode, encoding="utf-8", errors="backslashreplace", opener=_without_waiting) as file:
            os.set_blocking(file.fileno(), True)
            file.write(current()(text))
    except FileExistsError:
        raise UsageError(f"{path} exists already. Name another file, or overwrite it with --force.") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} cannot be written: {why}; name another file: -o FILE") from None


def _without_waiting(path: str, flags: int) -> int:
    """A pipe that nobody reads is refused, not waited for."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC, 0o666)


def print_anyhow(text: str, stream: TextIO | None) -> None:
    """Prints a line where that is possible: a stream that is closed, full or read by nobody is left alone."""
    try:
        if stream is not None and _takes(stream):
            print(text, file=stream, flush=True)
    except (OSError, ValueError):
        silence(stream)


def _takes(stream: TextIO) -> bool:
    """False where a pipe is full and nobody reads it: printing would wait forever."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return True
    return bool(select.select([], [number], [], PIPE_PATIENCE)[1])


def silence(stream: TextIO | None) -> None:
    """What is left in its buffer goes nowhere, so that closing it at the end is quiet too."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), cast("TextIO", stream).fileno())
