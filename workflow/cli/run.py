"""`titan-flow run SPEC`: deploys."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "run", run, "start a run and drive it to the goal, its watch included")
    parser.add_argument("spec", metavar="SPEC", help="the flow, a YAML file")
    arguments.params(parser)
    parser.add_argument("--until", metavar="STATE", help="stop at this state, exit 0")
    parser.add_argument(
        "--wait",
        metavar="10m",
        type=arguments.wait,
        default=0.0,
        help="wait this long for another run to end, instead of failing at once",
    )
    parser.add_argument("--arm", action="store_true", help="arm at the end also what was disarmed on purpose")
    parser.add_argument("--first", action="store_true", help="there is no release to go back to; a failure halts")
    parser.add_argument("--allow-bad", action="store_true", help="deploy a release that was marked bad")
    parser.add_argument(
        "--waive",
        metavar="CHECK",
        action="append",
        default=[],
        help="go on past this pre-flight check (record/3, or github.green); needs --reason; may be repeated",
    )
    parser.add_argument(
        "--reason", metavar="TEXT", action="append", default=[], help="why --waive: journaled, and shown for ever"
    )
    parser.add_argument("--plan", metavar="HASH", help="only this plan (titan-flow plan); refused where anything moved")
    arguments.key(parser)
    arguments.yes(parser)
    arguments.json(parser, "the run's events on stdout, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive

    return drive.run(args)
