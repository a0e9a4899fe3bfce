"""`titan-flow completion SHELL`: a completion script, by shtab."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments

SHELLS = ("bash", "zsh", "tcsh")


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "completion", run, "print a completion script for your shell")
    parser.add_argument("shell", choices=SHELLS, help="e.g. titan-flow completion bash >> ~/.bash_completion")


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow.drive.ask import Refusal

    try:
        import shtab
    except ImportError:
        raise Refusal("completion needs one more package: pip install 'titan-flow[completion]'", code=2) from None
    from titan_flow.workflow.cli.main import parser

    whole = parser()
    _files(whole, shtab.FILE)
    print(shtab.complete(whole, args.shell))
    return 0


def _files(parser: argparse.ArgumentParser, complete: object) -> None:
    """Specs and output files are completed as files, wherever they stand."""
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if action.dest in ("spec", "output") or action.metavar == "RUN|SPEC":
            action.complete = complete  # type: ignore[attr-defined]
        for sub in _parsers(action.choices):
            _files(sub, complete)


def _parsers(choices: object) -> list[argparse.ArgumentParser]:
    found: dict[str, object] = choices if isinstance(choices, dict) else {}  # pyright: ignore[reportUnknownVariableType]
    return [sub for sub in found.values() if isinstance(sub, argparse.ArgumentParser)]
