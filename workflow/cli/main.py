"""`titan-flow`: reads the command line, runs one command, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any

from titan_flow import __version__
from titan_flow.workflow.cli.options import NO_READER
from titan_flow.workflow.cli.parser import COMMANDS, parser
from titan_flow.workflow.errors import near

GARBAGE = 50_000
"""objects between two searches for garbage: a start makes many and drops none, and Python's 700 cost it a twelfth"""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code; a wrong command line exits with 2."""
    gc.set_threshold(GARBAGE)
    # pydantic would ask every installed distribution whether it is a plugin of its: 20 ms of a command's start
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    _open_standard_streams()
    try:
        code = _executed(list(sys.argv[1:] if argv is None else argv))
    except SystemExit as ended:  # a help text, or a wrong command line
        raise SystemExit(_delivered(ended.code)) from None
    return int(_delivered(code) or 0)


def _executed(words: list[str]) -> int:
    if "_ARGCOMPLETE" in os.environ:
        _attribute("titan_flow.workflow.cli.completion:answer")(parser())
    whole = parser(_command(words))
    args = whole.parse(words)
    if args.version:
        print(f"titan-flow {__version__}")
        return 0
    if args.command is None:
        whole.print_help()
        return 0
    with _attribute("titan_flow.workflow.output:masked_streams")():
        return _run(args)


def _open_standard_streams() -> None:
    """A closed one leads to /dev/null: else the next file that is opened gets its number, and what is printed.

    Files and pipes get UTF-8 in every locale: specs, pages and records are UTF-8. A terminal that lacks a character
    shows its number.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def _run(args: argparse.Namespace) -> int:
    _attribute("titan_flow.workflow.cli.late:defer")()
    try:
        function = args.function if args.of_spec is None or args.spec is None else args.of_spec
        code = int(_attribute(f"titan_flow.workflow.{function}")(args))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _attribute("titan_flow.workflow.output:silence")(sys.stdout)
        return NO_READER
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        told: tuple[int, str] | None = _attribute("titan_flow.workflow.cli.errors:explained")(error, args)
        if told is None:
            raise
        if isinstance(error, OSError):  # what is left of the output cannot be written either
            _attribute("titan_flow.workflow.output:silence")(sys.stdout)
        code, text = told
        print(text, file=sys.stderr)
        return code


def _delivered(code: str | int | None) -> str | int | None:
    """The exit code, once all that was printed is out."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _attribute("titan_flow.workflow.output:silence")(sys.stdout)
        return NO_READER if isinstance(error, BrokenPipeError) else code or 1
    return code


def _attribute(name: str) -> Callable[..., Any]:
    """What is loaded late: a command's function, and what only an error needs."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _command(words: list[str]) -> str | None:
    """The command that the words name; "" for none, None where only the whole parser can tell.

    Exits with 2, naming the nearest one, where the first word is no command.
    """
    names = [name for one in COMMANDS for name in one.names]
    rest = words[2:] if words[:1] == ["--store"] else words
    if not rest or rest in (["--help"], ["-h"], ["--version"]):
        return ""
    if rest[0].startswith("-"):
        return None
    if rest[0] not in names:
        parser("").exit(2, f"titan-flow has no command {rest[0]!r}{near(rest[0], names)}\nSee: titan-flow help\n")
    return rest[0]
