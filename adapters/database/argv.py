"""What is asked of a database and done to it, as command lines: pure. The scripts are `database_*.sh`, given through
standard input: what is journaled is a verb and its words.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.database.settings import FILE, Database
from titan_flow.adapters.docker.settings import Docker
from titan_flow.adapters.effects import Command

MISSING, BROKEN = 3, 4
LONG = 3600.0
"""seconds: a dump, a restore; what really bounds them is their transition's `timeout`"""


@cache
def library() -> str:
    """Both scripts; the client's text as a variable of the host's."""
    client, host = (
        Path(__file__).with_name(f"remote_{part}.sh").read_text(encoding="utf-8") for part in ("client", "host")
    )
    return f"CLIENT=$(cat <<'CLIENT_ENDS'\n{client}CLIENT_ENDS\n)\n{host}\n{{ \"$@\"; exit; }} </dev/null\n"


def dump(settings: Database, compose: Compose, file: str) -> Command:
    """Whole or not there at all."""
    if settings.dump is not None:
        return _script(settings, "dump_by_command", settings.folder, file, *settings.dump, timeout=LONG)
    words = (settings.folder, file, settings.service, *settings.connection, *compose.argv())
    return _script(settings, "dump_postgres", *words, timeout=LONG, docker=compose)


def kept(settings: Database, file: str) -> Command:
    """Hash and size; status MISSING, or BROKEN: not whole."""
    return _script(settings, "kept", settings.path(file), timeout=600)


def listing(settings: Database) -> Command:
    """The host's time, then size, time and name of each backup."""
    return _script(settings, "backups", settings.folder)


def hashed(settings: Database, file: str) -> Command:
    """Status MISSING where it is not there."""
    return _script(settings, "hashed", settings.path(file), timeout=600)


def marks(settings: Database, docker: Docker, container: str) -> Command:
    """`database|comment` of the one that is there and of the one that is being restored; then `name|NAME`."""
    return _script(settings, "marks", container, *settings.connection, timeout=90, docker=docker)


def state(settings: Database, run: str) -> Command:
    return _script(settings, "state", _state(settings, run))


def restore(settings: Database, docker: Docker, file: str, sum: str, container: str, mark: str, run: str) -> Command:
    path = settings.path(file)
    if settings.restore is not None:
        argv = [path if word == FILE else word for word in settings.restore]
        return _script(settings, "restore_by_command", _state(settings, run), path, sum, *argv, timeout=LONG)
    words = (path, sum, container, *settings.connection, mark, run)
    return _script(settings, "restore_postgres", *words, timeout=LONG, docker=docker)


def rows(settings: Database, docker: Docker, container: str) -> Command:
    """`schema.table count`, counted."""
    return _script(settings, "rows", container, *settings.connection, timeout=60, docker=docker)


def rows_in(settings: Database, docker: Docker, file: str, container: str) -> Command:
    """The same, of a backup."""
    return _script(settings, "rows_in", settings.path(file), container, timeout=60, docker=docker)


def _state(settings: Database, run: str) -> str:
    return settings.path(f".restore.{run}")


def _script(settings: Database, verb: str, *words: str, timeout: float = 30.0, docker: Docker | None = None) -> Command:
    """`docker`: the engine of the containers that it asks. Root is for the folder of the backups too."""
    called = (docker or Docker()).model_copy(update={"sudo": settings.sudo})
    return called.does("sh", "-s", verb, *words, stdin=library(), timeout=timeout)
