"""`titan-flow demo`: a sandbox, a real deployment into it, what to try next; nothing is left behind."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

from titan_flow.workflow.commands.driving import Driver
from titan_flow.workflow.commands.run import deploy
from titan_flow.workflow.sandbox import lifecycle as sandbox
from titan_flow.workflow.session.options import RunOptions

NEXT = """
The sandbox and its journal are removed. To try it yourself, make one that stays:
  titan-flow sandbox up /tmp/titan                  the same small production
  titan-flow run /tmp/titan/spec.yaml               deploy the newer release
  titan-flow rollback /tmp/titan/spec.yaml          roll back to the one before
  titan-flow sandbox release /tmp/titan unhealthy   a release whose run fails
  Ctrl-C, or kill -9, during a run                  then: titan-flow resume
  titan-flow events RUN                             every event, with evidence
  titan-flow sandbox down /tmp/titan                stop everything
"""


def run(args: argparse.Namespace) -> int:
    """The exit code of the deployment."""

    began = time.monotonic()
    with _sandbox() as directory:
        _say(f"a small production is up ({time.monotonic() - began:.1f} s): {directory}")
        drives = Driver(store=f"sqlite:///{directory}/journal.db", yes=True)
        code = asyncio.run(deploy(str(directory / "spec.yaml"), RunOptions(), drives))
    _say(NEXT if code == 0 else f"\nthe deployment ended with exit code {code}; the sandbox is gone")
    return code


@contextmanager
def _sandbox() -> Generator[Path]:
    """Up inside, down and gone after, also on SIGTERM and SIGHUP."""

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with TemporaryDirectory(prefix="titan-flow-demo-", ignore_cleanup_errors=True) as made:
        directory = Path(made) / "production"
        sandbox.up(directory)  # takes down what it half made
        try:
            yield directory
        finally:
            sandbox.down(directory)


def _leave(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
