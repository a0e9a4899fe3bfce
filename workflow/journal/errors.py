"""What can go wrong with a journal. Each text is one line: what, which file, and what to do."""

from __future__ import annotations


class JournalError(Exception):
    """The store failed. What was acknowledged is still there; what was not may or may not be.

    `run` is the run that it cut short: it can be resumed once the store is fixed.
    """

    run: str | None = None


class Overtaken(JournalError):
    """Another process appended first: this one must stop at once."""

    def __init__(self, run: str, after: int) -> None:
        super().__init__(
            f"another process writes to run {run} (record {after + 1} is not ours to add); "
            f"this one stops. See: titan-flow status {run}"
        )
        self.run, self.after = run, after


class NoSuchRun(JournalError):
    """No run of that name, or more than one."""


class BadStore(JournalError):
    """`--store` or TITAN_FLOW_STORE is not a store."""


class NewerJournal(JournalError):
    """Written by a newer titan-flow; this one could misread it, so it does not try."""


class DamagedJournal(JournalError):
    """The records are not the ones that were written, or the file is no journal at all."""


class Diverged(JournalError):
    """Two copies of one run differ."""


class Unwritable(JournalError):
    """Full, read-only, or not to be opened."""


class Busy(JournalError):
    """Another process held the file for too long."""
