"""`titan-flow sandbox`: a miniature production to rehearse in."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from titan_flow.states.values import Json
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.sandbox import lifecycle as sandbox


def run(args: argparse.Namespace) -> int:
    verbs = {"up": _up, "release": _release, "status": _status, "down": _down}
    return verbs[args.verb](args)


def _up(args: argparse.Namespace) -> int:
    sandbox.up(Path(args.directory))
    if args.json:
        return _print(sandbox.status(Path(args.directory)))
    print(f"up: {args.directory}. To deploy into it: titan-flow run {args.directory}/spec.yaml")
    return 0


def _release(args: argparse.Namespace) -> int:
    commit = sandbox.release(Path(args.directory), args.kind, args.after)
    print(f"{commit[:7]} ({args.kind}) is at the tip of main. To deploy it: titan-flow run {args.directory}/spec.yaml")
    return 0


def _status(args: argparse.Namespace) -> int:
    found = sandbox.status(Path(args.directory))
    return _print(found) if args.json else _tell(found)


def _down(args: argparse.Namespace) -> int:
    sandbox.down(Path(args.directory))
    print(f"down: {args.directory} is gone, and nothing of it runs any more")
    return 0


def _print(document: dict[str, Json]) -> int:
    print(json.dumps(document, indent=2))
    return 0


def _text(key: str, value: Json) -> str:
    if key == "running":
        return "running" if value else "not running"
    return f"{key} {value}"


def _tell(found: dict[str, Json]) -> int:
    """The same for people."""

    print(f"commit {str(found['commit'])[:7]}")
    services, armed, received = found["services"], found["armed"], found["received"]
    if isinstance(services, dict) and isinstance(armed, dict):
        for name, service in services.items():
            told = [_text(key, value) for key, value in service.items()] if isinstance(service, dict) else []
            arms = next((("armed" if on else "disarmed") for part, on in armed.items() if part in name), "")
            print(one_line(f"  {name:<18} {', '.join([*told, *([arms] if arms else [])])}"))
    for command in received if isinstance(received, list) else []:
        if isinstance(command, dict):
            print(one_line(f"  received {command.get('command')} at {command.get('at')}: {command.get('reason')}"))
    return 0
