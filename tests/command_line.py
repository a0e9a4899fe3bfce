"""titan-flow's command line in this process: what is typed, without the start of another Python.

For tests of what a command does. Where the process itself counts (signals, `kill -9`, closed streams), start one.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from titan_flow.workflow.cli.main import main


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def typed(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """As if it had been a process, with nothing to read from. `env`: beside the environment of this process."""
    return _typed(argv, env, io.StringIO(), io.StringIO())


def answered(answers: str, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """As by somebody at a terminal, who types these lines when the command asks."""
    return _typed(argv, env, _Terminal(answers), _Terminal())


def _typed(
    argv: tuple[str, ...], env: dict[str, str], stdin: io.StringIO, err: io.StringIO
) -> subprocess.CompletedProcess[str]:
    out = io.StringIO()
    with (
        patch.dict(os.environ, {"NO_COLOR": "1", **env}),
        patch.object(sys, "stdin", stdin),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main(argv)
        except SystemExit as left:
            code = int(str(left.code))
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())
