"""Which journal: `--store`, else TITAN_FLOW_STORE, else one file in the user's state directory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from platformdirs import user_state_path

from titan_flow.workflow.journal.errors import BadStore, Unwritable
from titan_flow.workflow.journal.sqlite import SqliteJournal

SCHEME = "sqlite:///"
VARIABLE = "TITAN_FLOW_STORE"


def open_journal(url: str | None = None, write: bool = True, patience: float = 10.0) -> SqliteJournal:
    """Opens the journal, made where there is none (folder 0700, file 0600).

    With `write` False nothing is made or changed: no file means no runs, and a read-only disk will do.
    Raises JournalError.
    """
    path = store_path(url)
    if not write:
        return _reader(path, patience)
    _make(path)
    return SqliteJournal(_uri(path, "mode=rw"), str(path), patience=patience)


def store_path(url: str | None) -> Path:
    """The file that a store's URL names; what follows `sqlite:///` is a path as a shell has it. Raises BadStore."""
    url = url or os.environ.get(VARIABLE) or ""
    if not url:
        return user_state_path("titan-flow") / "journal.db"
    if not url.startswith(SCHEME) or url == SCHEME or "\0" in url:
        raise BadStore(f"{url!r} is not a store; write it as sqlite:///PATH, e.g. sqlite:////var/lib/titan/journal.db")
    path = Path(url.removeprefix(SCHEME)).expanduser()
    if (found := _status(path)) == "other":
        raise BadStore(f"the store {path} is not a plain file; name another: --store {SCHEME}PATH")
    if found == "folder":
        raise BadStore(f"the store {path} is a folder; name a file in it: {SCHEME}{path}/journal.db")
    return path.absolute()


def _make(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # the file's name is as durable as its rows
        finally:
            os.close(folder)
    except OSError as error:
        raise Unwritable(
            f"the journal {path} cannot be written: {error.strerror}; free or unlock it, or name another: --store"
        ) from None


def _create(path: Path) -> None:
    """A file that is there is not opened: closing it would drop the locks that this process's journals hold on it
    (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path) from None


def _reader(path: Path, patience: float) -> SqliteJournal:
    if _status(path) == "empty":
        return SqliteJournal(":memory:", str(path), write=False)
    try:
        return SqliteJournal(_uri(path, "mode=ro"), str(path), write=False, patience=patience)
    except Unwritable:
        # WAL wants to make two small files next to it; where it may not, and no unfinished WAL is left, none is needed
        wal = path.with_name(path.name + "-wal")
        if wal.exists() and wal.stat().st_size:
            raise
        return SqliteJournal(_uri(path, "mode=ro&immutable=1"), str(path), write=False, patience=patience)


def _status(path: Path) -> Literal["folder", "empty", "file", "other"]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return "empty"
    except OSError as error:
        raise Unwritable(f"the journal {path} cannot be read: {error.strerror}; name another: --store") from None
    if stat.S_ISDIR(found.st_mode):
        return "folder"
    return "other" if not stat.S_ISREG(found.st_mode) else "file" if found.st_size else "empty"


def _uri(path: Path, query: str) -> str:
    return f"file:{quote(os.fsencode(path))}?{query}"
