"""Results that go into files."""

from __future__ import annotations

from pathlib import Path

from titan_flow.workflow.errors import UsageError


def write(path: str, text: str) -> None:
    """A result into a file. Raises UserError where it cannot be written."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another file: -o FILE") from None
