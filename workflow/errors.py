"""What a command is refused with, in words for the operator. The command line gives each class its exit code."""

from __future__ import annotations


class UserError(Exception):
    """Refused: nothing was changed."""


class UsageError(UserError):
    """The spec or the command line is wrong: nothing was touched."""


class UnfinishedError(UserError):
    """A run is unfinished; it can be resumed."""


class ForkedRunError(UserError):
    """Another driver carried the run on, and this journal has records that the host never got."""
