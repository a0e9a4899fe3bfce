"""`titan-flow completion SHELL`, and what the shell then asks for: commands, options, run ids, spec files."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import argcomplete
from argcomplete.completers import FilesCompleter
from argcomplete.shell_integration import shellcode

from titan_flow.workflow.cli.options import Parser
from titan_flow.workflow.journal.errors import JournalError
from titan_flow.workflow.journal.location import open_journal

SHOWN = 50
"""run ids that are offered, newest first"""


def run(args: argparse.Namespace) -> int:
    print(shellcode(["titan-flow"], shell=args.shell))
    return 0


def answer(parser: Parser) -> None:
    """Answers the shell, which asks by environment variables, and exits."""
    _complete(parser)
    argcomplete.autocomplete(parser)


def _complete(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if action.metavar in ("RUN|SPEC", "RUN|FILE"):
            action.completer = _runs_and_files  # type: ignore[attr-defined]
        elif action.metavar == "RUN":
            action.completer = _runs  # type: ignore[attr-defined]
        elif action.metavar == "SPEC":
            action.completer = FilesCompleter(("yaml", "yml"))  # type: ignore[attr-defined]
        for sub in _parsers(action.choices):
            _complete(sub)


def _parsers(choices: object) -> list[argparse.ArgumentParser]:
    found: dict[str, object] = choices if isinstance(choices, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    return [sub for sub in found.values() if isinstance(sub, argparse.ArgumentParser)]


def _runs(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterable[str]:
    try:
        journal = open_journal(getattr(parsed_args, "store", None), write=False)
        return [row.run for row in journal.summaries(most=SHOWN) if row.run.startswith(prefix.upper())]
    except JournalError:  # there is nothing to offer, and nowhere to say so
        return []


def _runs_and_files(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Iterable[str]:
    return [*_runs(prefix, parsed_args), *FilesCompleter(("yaml", "yml"))(prefix)]
