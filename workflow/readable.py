"""Text of the command line or the environment as text that can be stored, sent and printed."""

from __future__ import annotations


def readable(text: str) -> str:
    """Bytes that are not UTF-8 are replaced."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
