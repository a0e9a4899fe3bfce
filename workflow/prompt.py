"""Questions to the operator. Without a terminal a question is a refusal that names the flag."""

from __future__ import annotations

import sys

from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.errors import UserError


def attended() -> bool:
    """Whether an operator can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    """The operator's answer; anything but yes is no."""
    print(f"{visible(question)} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def confirm(question: str, yes: bool, flag: str) -> None:
    """Returns where the answer is yes. Raises UserError."""
    if yes:
        return
    if not attended():
        raise UserError(f"{question} There is no terminal to ask on; add {flag}")
    if not ask(question):
        raise UserError("not confirmed; nothing was changed")
