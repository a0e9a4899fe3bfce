"""`titan-flow plan SPEC`: what a run would do, and its hash; reads only."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "plan", run, "what a run would do, read-only, with the plan's hash")
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        type=arguments.pair,
        help="a parameter of the flow; may be repeated",
    )
    parser.add_argument("--until", metavar="STATE", help="as for run")
    parser.add_argument("--arm", action="store_true", help="as for run")
    parser.add_argument("--first", action="store_true", help="as for run")
    parser.add_argument("--allow-bad", action="store_true", help="as for run")
    parser.add_argument(
        "--format", choices=("text", "markdown"), default="text", help="markdown: the runbook for doing it by hand"
    )
    arguments.json(parser)


def run(args: argparse.Namespace) -> int:
    """0 where it could begin; 3 where a check before the first action fails already."""
    from titan_flow.workflow import drive

    return drive.plan(args)
