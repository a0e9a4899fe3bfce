"""The plan as a runbook for doing it by hand: Markdown whose commands can be copied. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from titan_flow.states.durations import duration
from titan_flow.workflow.display.terminal import one_line, visible
from titan_flow.workflow.plan.as_text import fates
from titan_flow.workflow.plan.digest import short
from titan_flow.workflow.plan.model import Plan, PlannedStep


def runbook(plan: Plan) -> str:
    """One section a transition, one block of commands a step; what cannot be typed is described."""
    return visible("\n".join(_lines(plan)).rstrip() + "\n")


def _lines(plan: Plan) -> Iterator[str]:
    started = plan.started
    yield f"# {_text(started.flow)}: {_text(started.target)}"
    yield ""
    yield f"Plan {short(plan)}, made by {_text(str(started.operator))}: the commands that titan-flow would run."
    yield "titan-flow also checks each step before and after, and rolls back if one fails. By hand, you must do that."
    yield ""
    if plan.was is not None and plan.to is not None:
        yield f"- from `{plan.was.hash[:7]}` {_text(plan.was.subject)} ({_text(plan.was.author)})"
        yield f"- to `{plan.to.hash[:7]}` {_text(plan.to.subject)} ({_text(plan.to.author)})"
    if told := fates(plan):
        yield f"- {_text(told)}"
    for what, files in (("policy changes", plan.policies), ("migrations", plan.migrations)):
        if files:
            yield f"- {what}: {', '.join(f'`{_text(file)}`' for file in files)}"
    for line in (*plan.drift, *plan.warnings, *plan.unknown):
        yield f"- {_text(line)}"
    if plan.seen.head is not None:
        yield f"- to roll back: commit `{_text(plan.seen.head)}`"
        images = plan.seen.release.images if plan.seen.release is not None else {}
        for service, image in images.items():
            yield f"  - `{_text(service)}` runs `{_text(image.id)}`"
    yield ""
    yield "## On the host"
    yield ""
    commands = ([f"ssh {shlex.quote(plan.host)}"] if plan.host else []) + [f"cd {shlex.quote(plan.directory)}"]
    yield from _block(commands)
    edge = ""
    for step in plan.steps:
        if step.edge != edge:
            edge = step.edge
            yield f"## {edge}: {step.source} → {step.target}"
            yield ""
        yield from _step(step)


def _step(step: PlannedStep) -> Iterator[str]:
    within = duration(step.deadline)
    if step.check:
        yield f"- [ ] `{step.id}` {step.use}: repeat until it passes, {within} at most"
        yield ""
        return
    if step.acts is False:
        yield f"- [x] `{step.id}` {step.use}: already done ({_text(step.says)})"
        yield ""
        return
    when = "" if step.acts else " (check first: it may be done already)"
    yield f"- [ ] `{step.id}` {step.use}: {within} at most, {step.attempts} attempts{when}"
    yield ""
    if not step.lines:
        yield "  The command is not known yet."
        yield ""
    elif any(line.fed for line in step.lines):
        yield "  A commented line needs standard input that is not shown here."
        yield ""
    if step.lines:
        yield from _block([f"# {line.text}".replace("\n", "\n# ") if line.fed else line.text for line in step.lines])


def _block(commands: list[str]) -> Iterator[str]:
    fence = "```"
    while any(fence in command for command in commands):
        fence += "`"
    yield from (f"{fence}sh", *commands, fence, "")


def _text(text: str) -> str:
    """Text from elsewhere in Markdown: on one line, with no markup."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!" else c for c in one_line(text))
