"""`titan-flow unlock SPEC --run RUN`: abandons a run whose driver is gone."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "unlock", run, "abandon a run, so that a new one may start")
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    parser.add_argument("--run", required=True, metavar="RUN", help="the whole id of the run that has the environment")
    arguments.yes(parser)


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive

    return drive.unlock(args)
