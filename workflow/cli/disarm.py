"""`titan-flow disarm SPEC`: the emergency brake."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    help = "the emergency brake: sends the flow's disarm at once, needs no lock and no journal"
    parser = arguments.command(subparsers, "disarm", run, help)
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    parser.add_argument("--reason", required=True, help="why; sent along and recorded")
    arguments.json(parser)


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive

    return drive.disarm(args)
