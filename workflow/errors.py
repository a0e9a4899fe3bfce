"""What a command is refused with, in words for the operator. The command line gives each class its exit code."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """Refused: nothing was changed."""


class UsageError(UserError):
    """The spec or the command line is wrong: nothing was touched."""


class UnfinishedError(UserError):
    """A run is unfinished; it can be resumed."""


class ForkedRunError(UserError):
    """Another driver carried the run on, and this journal has records that the host never got."""


def near(word: str, known: Iterable[str]) -> str:
    """` (did you mean run?)`, or nothing."""
    found = get_close_matches(word, list(known), 1)
    return f" (did you mean {found[0]}?)" if found else ""
