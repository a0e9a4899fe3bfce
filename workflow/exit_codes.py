"""Exit codes: what scripts rely on. Add to them; do not change them."""

from __future__ import annotations

from enum import IntEnum

from titan_flow.states.run import Run
from titan_flow.states.values import Outcome


class Exit(IntEnum):
    OK = 0
    """what was asked holds"""
    HALTED = 1
    """a human is needed"""
    WRONG = 2
    """the spec or the command line is wrong; nothing was touched"""
    REFUSED = 3
    """refused; nothing changed but our own folder"""
    ROLLED_BACK = 4
    """the old release is verified, disarmed"""
    LOCKED = 5
    """locked, or fenced out by another run"""
    WAITING = 6
    """waiting for an approval"""
    RESUMABLE = 7
    """stopped before its end, or waiting for an answer to an *unknown*"""
    INTERRUPTED = 130
    """stopped at once by a second Ctrl-C"""
    TERMINATED = 143
    """stopped at once by SIGTERM"""


def exit_of(run: Run) -> Exit:
    """The code of the run's outcome; 0 while it is running. A rollback that was asked for and holds is 0, not 4."""

    match run.outcome:
        case Outcome.STOPPED if run.started.purpose == "arm":  # an emergency disarm: what was asked for does not hold
            return Exit.HALTED
        case Outcome.RUNNING | Outcome.REACHED | Outcome.STOPPED:
            return Exit.OK
        case Outcome.ROLLED_BACK:
            return Exit.OK if run.started.purpose == "rollback" or run.withdrawn else Exit.ROLLED_BACK
        case Outcome.HALTED:
            return Exit.HALTED
        case Outcome.REFUSED:
            return Exit.REFUSED
        case Outcome.WAITING if run.parked is not None and run.parked.why == "approval":
            return Exit.WAITING
        case Outcome.WAITING | Outcome.INTERRUPTED | Outcome.ABANDONED | Outcome.UNKNOWN:
            return Exit.RESUMABLE
