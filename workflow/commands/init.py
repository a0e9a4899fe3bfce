"""`titan-flow init [COMPOSE_FILE]`: a first spec from a compose project; asks no docker."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.errors import UserError
from titan_flow.workflow.init.compose_file import compose_file, read
from titan_flow.workflow.init.write_spec import spec
from titan_flow.workflow.output import write
from titan_flow.workflow.specfile.load import loads


def run(args: argparse.Namespace) -> int:
    """The spec on stdout, or in a new file; it passes `check`, or that is a bug of ours and said."""

    path = compose_file(args.compose_file)
    found = read(path)
    file, flow = _named(path.absolute(), found.name)
    text = spec(found, file, flow)
    loads(text, "(the spec made by init)")
    for warning in found.warnings:
        print(f"note: {one_line(warning)}", file=sys.stderr)
    if args.output is None:
        print(text, end="")
        return 0

    if Path(args.output).exists():
        raise UserError(f"{args.output} is there already; name another file: -o FILE")
    write(args.output, text)
    lasting, once = len(found.lasting), len(found.once)
    print(f"{args.output}: {lasting} services" + (f", {once} that end" if once else ""), file=sys.stderr)
    print(f"edit the lines marked EDIT, then: titan-flow check {args.output}", file=sys.stderr)
    return 0


def _named(path: Path, project: str) -> tuple[str, str]:
    """The compose file as the checkout has it, and a name for the flow: the project's, else the checkout's."""

    roots = [parent for parent in path.parents if (parent / ".git").exists()]
    root = roots[0] if roots else path.parent
    name = re.sub(r"[^A-Za-z0-9]+", "-", project or root.name).strip("-").lower()
    return path.relative_to(root).as_posix(), name if name[:1].isalpha() else f"flow-{name}".strip("-")
