"""SQLite's errors in the operator's words."""

from __future__ import annotations

import sqlite3

from titan_flow.workflow.journal.errors import Busy, DamagedJournal, JournalError, Unwritable

_KEPT = "what it acknowledged before is safe"


def fault(error: sqlite3.Error, path: str, waited: float) -> JournalError:
    """The JournalError for an error of the database at `path`; `waited` is the busy time-out in seconds."""
    name = getattr(error, "sqlite_errorname", "") or ""
    match name.split("_")[1] if "_" in name else "":
        case "FULL":
            return Unwritable(f"the disk of the journal {path} is full; {_KEPT}. Free some space, then continue")
        case "IOERR":
            return Unwritable(f"the journal {path} could not be read or written ({error}); {_KEPT}. Check its disk")
        case "READONLY":
            return Unwritable(
                f"the journal {path} is read-only; make it writable (chmod u+w), or name another: --store"
            )
        case "CANTOPEN" | "PERM" | "AUTH":
            return Unwritable(f"the journal {path} cannot be opened; check its folder's owner and mode, or use --store")
        case "BUSY" | "LOCKED":
            return Busy(f"another process has held the journal {path} for {waited:g} s; see who: fuser -v {path}")
        case "CORRUPT":
            return DamagedJournal(
                f"the journal {path} is damaged ({error}); the host has a copy of each run. "
                f"Keep this file aside: mv {path} {path}.damaged"
            )
        case "NOTADB":
            return DamagedJournal(f"{path} is not a journal (not a SQLite file); name another: --store sqlite:///PATH")
        case _:
            return JournalError(f"the journal {path} failed: {error}")
