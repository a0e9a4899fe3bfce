"""Questions to the operator. Without a terminal a question is a refusal that names the flag."""

from __future__ import annotations

import sys

from titan_flow.workflow.errors import UserError


def confirm(question: str, yes: bool, flag: str) -> None:
    """Returns where the answer is yes. Raises UserError."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError(f"{question} Nobody to ask here; add {flag}")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UserError("not confirmed; nothing was changed")
