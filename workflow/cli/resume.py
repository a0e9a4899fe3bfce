"""`titan-flow resume`: carries an interrupted run on."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "resume", run, "carry on an interrupted run")
    parser.add_argument("run", metavar="RUN|SPEC", nargs="?", help="a run's id, or a spec: its unfinished run")
    parser.add_argument("--step", metavar="ID=done|redo", type=_answer, help="answer what became of an *unknown* step")
    arguments.key(parser)
    arguments.yes(parser)
    arguments.json(parser, "the run's new events on stdout, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive

    return drive.resume(args)


def _answer(text: str) -> str:
    step, _, answer = text.rpartition("=")
    if not step or answer not in ("done", "redo"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither ID=done nor ID=redo")
    return text
