"""`titan-flow help [COMMAND]` and `titan-flow version`."""

from __future__ import annotations

import argparse

from titan_flow import __version__
from titan_flow.workflow.cli.parser import parser


def run(args: argparse.Namespace) -> int:
    parser().parse([args.about, "--help"] if args.about is not None else ["--help"])
    return 0


def version(_: argparse.Namespace) -> int:
    print(f"titan-flow {__version__}")
    return 0
