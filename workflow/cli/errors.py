"""Errors in the operator's words: what, where, what to type; and the exit code that scripts see."""

from __future__ import annotations

import argparse
import errno
import sys

from titan_flow.adapters.errors import Fenced, Locked, Refused, Unreachable
from titan_flow.workflow.display.terminal import one_line, visible
from titan_flow.workflow.errors import ForkedRunError, UnfinishedError, UsageError, UserError
from titan_flow.workflow.exit_codes import Exit
from titan_flow.workflow.journal.errors import BadStore, JournalError, NoSuchRun, Overtaken
from titan_flow.workflow.journal.location import store_path
from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.specfile.errors import SpecError
from titan_flow.workflow.specfile.references import BindError


def explained(error: Exception, args: argparse.Namespace) -> tuple[int, str] | None:
    """Exit code and text; None for a bug of ours: its traceback stays, and we say where the journal is."""
    match error:
        case SpecError() | BindError():
            return Exit.WRONG, visible(str(error))
        case UsageError() | NoSuchRun() | BadStore():
            return Exit.WRONG, visible(str(error))
        case Locked() | Fenced() | Overtaken() | ForkedRunError():
            return Exit.LOCKED, visible(str(error))
        case UnfinishedError():
            return Exit.RESUMABLE, visible(str(error))
        case SandboxError():
            return Exit.REFUSED, one_line(str(error))
        case UserError() | Refused():
            return Exit.REFUSED, visible(str(error))
        case JournalError() if error.run:
            return Exit.RESUMABLE, f"{visible(str(error))}: titan-flow resume {error.run}"
        case JournalError():
            return Exit.REFUSED, visible(str(error))
        case Unreachable():
            return _unreachable(error, args)
        case OSError(errno=errno.ENOSPC | errno.EIO | errno.EBADF, filename=None):  # what we print to is full or closed
            return Exit.HALTED, f"the output could not be written: {error.strerror}; print it somewhere else"
        case _:
            print(f"This is a bug in titan-flow. What was recorded is safe: {_journal(args)}", file=sys.stderr)
            return None


def _unreachable(error: Unreachable, args: argparse.Namespace) -> tuple[int, str]:
    if args.command in ("resume", "rollback"):
        again = f"titan-flow {args.command} {args.run or ''}".rstrip()
        return Exit.RESUMABLE, f"{visible(str(error))}. A job under way goes on there to its deadline; then: {again}"
    return Exit.REFUSED, f"{visible(str(error))}. Once it answers, try again: titan-flow {args.command}"


def _journal(args: argparse.Namespace) -> str:
    try:
        return str(store_path(args.store))
    except JournalError:
        return str(args.store)
