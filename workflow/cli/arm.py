"""`titan-flow arm SPEC`: verifies what runs, then arms it."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "arm", run, "verify what runs now; green, arm it and watch it")
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    parser.add_argument("--reason", required=True, help="why; recorded, and sent along where the flow says so")
    arguments.key(parser)
    arguments.yes(parser)
    arguments.json(parser, "the run's events on stdout, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive

    return drive.arm(args)
