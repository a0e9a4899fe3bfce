"""`titan-flow sandbox`: a miniature production to rehearse in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from titan_flow.workflow.cli import arguments

if TYPE_CHECKING:
    from titan_flow.states.words import Json

KINDS = (
    "good",
    "unhealthy",
    "crashloop",
    "slow",
    "log-error",
    "policy-mismatch",
    "policy-change",
    "late-failure",
)


def add(subparsers: arguments.Subparsers) -> None:
    whole = subparsers.add_parser(
        "sandbox", help="a miniature production to rehearse in", formatter_class=arguments.OneLine
    )
    verbs = whole.add_subparsers(title="verbs", dest="verb", metavar="VERB", required=True)
    up = _verb(verbs, "up", _up, "start one in a new or empty directory")
    arguments.json(up)
    release = _verb(verbs, "release", _release, "put a release of a kind at the tip of main")
    release.add_argument("kind", metavar="KIND", choices=KINDS, help=", ".join(KINDS))
    release.add_argument("--after", metavar="SECONDS", type=float, default=None, help="of late-failure: green so long")
    status = _verb(verbs, "status", _status, "say what is really there, whatever a journal says")
    arguments.json(status)
    _verb(verbs, "down", _down, "stop everything in it and remove it")


def _verb(verbs: arguments.Subparsers, name: str, handler: arguments.Handler, help: str) -> argparse.ArgumentParser:
    parser = arguments.command(verbs, name, handler, help)
    parser.add_argument("directory", metavar="DIR", type=Path, help="the sandbox's directory")
    return parser


def _up(args: argparse.Namespace) -> int:
    from titan_flow.workflow import sandbox

    sandbox.up(args.directory)
    if args.json:
        return _print(sandbox.status(args.directory))
    print(f"up: {args.directory}; deploy into it: titan-flow run {args.directory}/spec.yaml")
    return 0


def _release(args: argparse.Namespace) -> int:
    from titan_flow.workflow import sandbox

    commit = sandbox.release(args.directory, args.kind, args.after)
    print(f"{commit[:7]} ({args.kind}) is at the tip of main: titan-flow run {args.directory}/spec.yaml")
    return 0


def _status(args: argparse.Namespace) -> int:
    from titan_flow.workflow import sandbox

    found = sandbox.status(args.directory)
    return _print(found) if args.json else _tell(found)


def _down(args: argparse.Namespace) -> int:
    from titan_flow.workflow import sandbox

    sandbox.down(args.directory)
    print(f"down: {args.directory} is gone, and nothing of it runs")
    return 0


def _print(document: dict[str, Json]) -> int:
    import json

    print(json.dumps(document, indent=2))
    return 0


def _tell(found: dict[str, Json]) -> int:
    """The same for people."""
    from titan_flow.workflow.progress.safe import one_line

    print(f"commit {str(found['commit'])[:7]}")
    services, armed, received = found["services"], found["armed"], found["received"]
    if isinstance(services, dict) and isinstance(armed, dict):
        for name, service in services.items():
            told = [f"{key} {value}" for key, value in service.items()] if isinstance(service, dict) else []
            arms = next((("armed" if on else "disarmed") for part, on in armed.items() if part in name), "")
            print(one_line(f"  {name:<18} {', '.join([*told, *([arms] if arms else [])])}"))
    for command in received if isinstance(received, list) else []:
        if isinstance(command, dict):
            print(one_line(f"  received {command.get('command')} at {command.get('at')}: {command.get('reason')}"))
    return 0
