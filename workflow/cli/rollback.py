"""`titan-flow rollback`: back to the release that was verified before, now."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    help = "go back to the release that was verified before, now; takes over from a living run"
    parser = arguments.command(subparsers, "rollback", run, help)
    parser.add_argument("run", metavar="RUN|SPEC", help="a run's id, or a spec: the newest run of it")
    parser.add_argument("--nuclear", action="store_true", help="the data too goes back, to the backup that is named")
    parser.add_argument("--backup", metavar="NAME", help="with --nuclear; without it the backups are listed")
    parser.add_argument("--migrations", action="store_true", help="go back also across migrations (--yes does not)")
    arguments.key(parser)
    parser.add_argument(
        "--to",
        metavar="RUN",
        help="back to the release that this run brought, or of this commit: history SPEC --releases",
    )
    arguments.yes(parser)
    arguments.json(parser, "the run's events on stdout, one JSON object a line")


def run(args: argparse.Namespace) -> int:
    from titan_flow.workflow import drive
    from titan_flow.workflow.drive.ask import Refusal

    if args.backup is not None and not args.nuclear:
        raise Refusal("--backup goes with --nuclear; a plain rollback leaves the data alone", code=2)
    return drive.rollback(args)
