"""A command as lines of POSIX sh. Pure; nothing of a command but its argv can be seen in a process list."""

from __future__ import annotations

import math
import posixpath
import re
from pathlib import Path
from shlex import quote

from titan_flow.adapters.effects import Command

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ADAPTERS = Path(__file__).parents[1]

KILL_AFTER = 2
"""seconds between a deadline's TERM and its KILL"""


PRELUDE = """\
unset BASH_ENV ENV CDPATH GLOBIGNORE GREP_OPTIONS GREP_COLOR GREP_COLORS POSIXLY_CORRECT
unset LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT
LC_ALL=C; export LC_ALL"""
"""The first lines of each script of ours: no variable of a login changes what our own `cd`, `grep` or `sort` mean."""


def library(*names: str) -> str:
    """The text of our own `.sh` files, in order; each is named by its noun's folder (`guard/jobs`)."""
    return "\n".join((_ADAPTERS / f"{name}.sh").read_text(encoding="utf-8") for name in names)


def bound(seconds: float) -> int:
    """A deadline in whole seconds, as every `timeout` takes it; at least one."""
    return max(1, math.ceil(seconds))


def setting(name: str, value: str) -> str:
    """An assignment; `value` is taken as it is."""
    return f"{name}={_quoted(value)}"


def reading_body(command: Command, directory: str) -> str:
    """A reading command's body. Raises ValueError on what no shell can carry."""
    return _body(command, directory, _sudo(command, str(bound(command.timeout)), spare=""))


def job_body(command: Command, directory: str) -> str:
    """A job's command's body, bounded by what is left of the job's time (`$LEFT`).

    `timeout` keeps the job's lock descriptors (7, 8), the command itself must not: daemons would inherit them.
    """
    return _body(command, directory, _sudo(command, '"$LEFT"', spare="sh -c 'exec 7>&- 8>&-; exec \"$@\"' sh "))


def _sudo(command: Command, seconds: str, spare: str) -> str:
    """Under sudo the deadline is inside too: only root may signal root. The one outside then only waits."""
    argv = _argv(command)
    if not command.sudo:
        return f"timeout -k {KILL_AFTER} {seconds} {spare}{argv}"
    kept = f"--preserve-env={','.join(command.env)} " if command.env else ""
    outer = f'"$(({seconds.strip(chr(34))} + 5))"'
    return f"timeout -k {KILL_AFTER} {outer} {spare}sudo -n {kept}-- timeout -k {KILL_AFTER} {seconds} {argv}"


def _body(command: Command, directory: str, line: str) -> str:
    lines = [f"cd {_path(directory, command.cwd)} || exit 125"]
    if command.clean:
        lines.append("scrub")
    lines += [f"export {_name(name)}={_quoted(value)}" for name, value in command.env.items()]
    if command.stdin:
        lines.append(f"printf '%b' {_escaped(command.stdin)} 7>&- 8>&- | {line}")
    else:
        lines.append(f"exec {line} </dev/null")
    return "\n".join(lines)


def _argv(command: Command) -> str:
    if not command.argv or command.argv[0].startswith("-") or not command.argv[0]:
        raise ValueError(f"not a command: {command.argv!r}")
    return " ".join(_quoted(word) for word in command.argv)


def _path(directory: str, cwd: str | None) -> str:
    path = posixpath.join(directory, cwd or "")
    return _quoted(path if path.startswith("/") else f"./{path}")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of an environment variable: {name!r}")
    return name


def _quoted(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"a command line cannot carry a NUL byte: {text!r}")
    return quote(text)


def _escaped(text: str) -> str:
    """For `printf %b`, a builtin: so that standard input, secrets too, reaches a command byte for byte."""
    return quote(text.replace("\\", "\\\\").replace("\0", "\\0000"))
