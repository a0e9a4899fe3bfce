"""Results that go into files."""

from __future__ import annotations

from pathlib import Path

from titan_flow.workflow.errors import UsageError


def write(path: str, text: str, force: bool = False) -> None:
    """A result into a new file; over one that exists only with `force`. Raises UsageError."""
    try:
        over = force or (Path(path).exists() and not Path(path).is_file())  # /dev/stdout, a pipe, a folder's own error
        with Path(path).open("w" if over else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists already. Name another file, or overwrite it with --force.") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{path} cannot be written: {why}; name another file: -o FILE") from None
