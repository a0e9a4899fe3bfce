"""`titan-flow init [COMPOSE_FILE]`: a first spec from a compose project, as `docker compose` reads it."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.init.compose_cli import docker_cli
from titan_flow.workflow.init.compose_file import Found, read
from titan_flow.workflow.init.write_spec import SCHEMA, first_scenarios, spec
from titan_flow.workflow.output import write
from titan_flow.workflow.specfile.beside import scenarios_of
from titan_flow.workflow.specfile.json_schema import schema
from titan_flow.workflow.specfile.load import loads


def run(args: argparse.Namespace) -> int:
    """The spec on stdout, or in a new file with its JSON Schema beside it. The spec always passes `check`."""
    found = read(args.compose_file, docker_cli())
    beside = Path(args.output).parent / SCHEMA if args.output else Path(SCHEMA)
    text = spec(found, _flow_name(found), schema=bool(args.output) or beside.is_file())
    loads(text, "(the spec made by init)", adapters())
    for warning in found.warnings:
        print(f"note: {one_line(warning)}", file=sys.stderr)
    if args.output is None:
        print(text, end="")
        return 0
    write(args.output, text, force=args.force)
    if not beside.exists():
        write(str(beside), json.dumps(schema(adapters()), indent=2, ensure_ascii=False) + "\n")
    scenarios = scenarios_of(args.output)
    if Path(args.output).is_file() and not Path(scenarios).exists():
        write(scenarios, first_scenarios(Path(args.output).name))
    once, lasting = len(found.once), len(found.lasting)
    count = "1 service" if lasting == 1 else f"{lasting} services"
    print(f"{args.output}: {count}" + (f", {once} that end by themselves" if once else ""), file=sys.stderr)
    print(f"Edit the lines marked EDIT. Then run: titan-flow check {args.output}", file=sys.stderr)
    print(f"{scenarios}: what must happen in a simulated run: titan-flow simulate {args.output}", file=sys.stderr)
    return 0


def _flow_name(found: Found) -> str:
    """The project's name, else the checkout's."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", found.project or found.root.name).strip("-").lower()[:56]
    return name if name[:1].isalpha() else f"flow-{name}".strip("-")
