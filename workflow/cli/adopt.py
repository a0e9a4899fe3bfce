"""`titan-flow adopt SPEC`: what runs now, mended by hand, becomes the release."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    help = "verify what runs now, mended by hand, and record it as the release; red is refused"
    parser = arguments.command(subparsers, "adopt", run, help)
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    parser.add_argument("--reason", required=True, help="why; recorded")
    arguments.key(parser)
    arguments.yes(parser)
    arguments.json(parser, "the run's events on stdout, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive

    return drive.adopt(args)
