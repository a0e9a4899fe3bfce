"""Results that go into files."""

from __future__ import annotations

from pathlib import Path

from titan_flow.workflow.prompt import UserError


def write(path: str, text: str) -> None:
    """A result into a file. Raises Refusal where it cannot be written."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}; name another file: -o FILE", code=2) from None
