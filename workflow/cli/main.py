"""`titan-flow`: reads the command line, runs one command, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from titan_flow.workflow.cli.arguments import OneLine, Subparsers, Version, globals_

COMMANDS = (
    "plan",
    "run",
    "resume",
    "rollback",
    "disarm",
    "arm",
    "adopt",
    "unlock",
    "status",
    "history",
    "show",
    "check",
    "preflight",
    "graph",
    "doctor",
    "init",
    "report",
    "audit",
    "sandbox",
    "demo",
    "schema",
    "completion",
)

EXAMPLES = """\
begin with:
  titan-flow demo                     a real deployment, in a sandbox on this machine
  titan-flow check SPEC               prove a spec; connects to nothing
  titan-flow run SPEC                 deploy; shows what it will do, and asks

Ctrl-C finishes the step and stops; twice stops at once. Either way: titan-flow resume
"""


class _Command(Protocol):
    def add(self, subparsers: Subparsers) -> None: ...


def parser() -> argparse.ArgumentParser:
    """The whole command line. Each command sets `handler`: it takes the arguments and gives the exit code."""
    whole = argparse.ArgumentParser(
        prog="titan-flow",
        description="Deployments that you can prove before you run them, kill while they run, and audit after.",
        epilog=EXAMPLES,
        formatter_class=OneLine,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action=Version, help="show the version")
    globals_(whole, default=None)
    subparsers = whole.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        cast(_Command, import_module(f"titan_flow.workflow.cli.{name}")).add(subparsers)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code; argparse itself exits with 2."""
    # pydantic would ask every installed distribution whether it is a plugin of its: 20 ms of a command's start
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    args = parser().parse_args(argv)
    try:
        code = int(args.handler(args))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        from titan_flow.workflow.progress.lines import silence

        silence(sys.stdout)
        return 141
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from titan_flow.workflow.cli.errors import explained

        told = explained(error, args)
        if told is None:
            raise
        code, text = told
        print(text, file=sys.stderr)
        return code
