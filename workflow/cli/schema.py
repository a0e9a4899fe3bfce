"""`titan-flow schema`: the JSON Schema of a spec (draft-07), for editors."""

from __future__ import annotations

import argparse

from titan_flow.workflow.cli import arguments


def add(subparsers: arguments.Subparsers) -> None:
    parser = arguments.command(subparsers, "schema", run, "print the JSON Schema of a spec, for editors")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there instead of stdout")


def run(args: argparse.Namespace) -> int:
    import json

    from titan_flow.workflow.spec.json_schema import schema

    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if args.output is None:
        print(text, end="")
    else:
        arguments.write(args.output, text)
    return 0
