"""Runs commands of the machine that the tests run on; a failure carries what the command said."""

import os
import subprocess
from collections.abc import Mapping, Sequence

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The system's own tools: the droplet has no others, and our own command lines need no others."""


class CommandFailed(AssertionError):
    """An assertion, so that a test that meets it shows the command's words and no more."""


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    stdin: str = "",
    check: bool = True,
    timeout: float = 120,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs argv in a clean environment, output as text."""
    try:
        result = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            umask=0o022,
            env={"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", **(env or {})},
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"{_line(argv)}: no answer within {timeout} s\n{error.stderr!r}") from error
    if check and result.returncode != 0:
        raise CommandFailed(f"{_line(argv)}: exit {result.returncode}\n{result.stdout}{result.stderr}".rstrip())
    return result


def _line(argv: Sequence[str | os.PathLike[str]]) -> str:
    return " ".join(str(word) for word in argv)
