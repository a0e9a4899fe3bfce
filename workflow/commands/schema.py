"""`titan-flow schema`: the JSON Schema of a spec (draft-07), for editors."""

from __future__ import annotations

import argparse
import json

from titan_flow.workflow.commands.installed import adapters
from titan_flow.workflow.output import write
from titan_flow.workflow.specfile.json_schema import schema


def run(args: argparse.Namespace) -> int:
    text = json.dumps(schema(adapters()), indent=2, ensure_ascii=False) + "\n"
    if args.output is None:
        print(text, end="")
    else:
        write(args.output, text, args.force)
    return 0
