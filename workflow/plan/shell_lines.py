"""An act as lines that one can type. Pure."""

from __future__ import annotations

import shlex

from titan_flow.adapters.effects import Act, Command, Job, Message, UnfencedCommands
from titan_flow.adapters.git.argv import QUIET
from titan_flow.workflow.plan.model import Line


def by_hand(act: Act) -> tuple[Line, ...]:
    """Each command of a job, to be typed in the flow's directory on the host; a message as `nats` sends it."""
    if isinstance(act, Job | UnfencedCommands):
        return tuple(_typed(command) for command in act.commands)
    if isinstance(act, Message):
        verb = "pub" if act.reply_within is None else "request"
        return (Line(shlex.join(["nats", verb, act.subject, act.payload.decode(errors="replace")])),)
    return (Line(shlex.join(["curl", "-fsS", "--data-binary", act.body.decode(errors="replace"), act.shown_url])),)


def _typed(command: Command) -> Line:
    words = [*command.argv]
    if command.env and command.env != QUIET:  # those only keep git from asking, or writing, on the side
        words = ["env", *(f"{name}={value}" for name, value in command.env.items()), *words]
    if command.sudo:
        words = ["sudo", *words]
    text = shlex.join(words)
    if command.cwd is not None:
        text = f"(cd {shlex.quote(command.cwd)} && {text})"
    return Line(text, fed=bool(command.stdin))
