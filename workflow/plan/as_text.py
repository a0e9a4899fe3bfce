"""A plan as text. Pure; nothing in it can control a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from titan_flow.adapters.offers import Commit
from titan_flow.adapters.preview import Change
from titan_flow.adapters.services.health import short as id_of
from titan_flow.states.durations import duration
from titan_flow.states.release import Image
from titan_flow.workflow.display.layout import ends
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.plan.digest import short
from titan_flow.workflow.plan.model import Plan, PlannedStep

COLUMNS = 96
MOST = 12
"""commits and files that are listed; the rest is counted"""


def summary(plan: Plan, columns: int = COLUMNS) -> str:
    """From, to, what restarts and what is kept: what `run` shows before it asks."""
    return "\n".join(_kept(line) for line in _summary(plan, columns))


def as_text(plan: Plan, spec: str) -> str:
    """The whole plan."""
    lines = [*_summary(plan), *_commits(plan), *_images(plan), *_steps(plan), "", *_verdict(plan, spec)]
    return "\n".join(_kept(line) for line in lines)


def fates(plan: Plan) -> str:
    """`will restart brain, execution · keeps traefik`"""
    parts = (
        ("will start", plan.fated("starts")),
        ("will restart", plan.fated("recreated", "restarted")),
        ("replaces without interruption", plan.fated("replaced")),
        ("removes", plan.fated("removed")),
        ("keeps", plan.fated("kept")),
    )
    return " · ".join(f"{verb} {', '.join(names)}" for verb, names in parts if names)


def _summary(plan: Plan, columns: int = COLUMNS) -> Iterator[str]:
    started = plan.started
    yield ends(f"{started.flow} → {started.target}", f"plan {short(plan)} · {started.operator}", columns)
    verified = started.previous is not None and started.previous.same(plan.seen.release)
    if plan.was is not None:
        yield f"  from  {_commit(plan.was)}" + ("    verified" if verified else "")
    elif plan.seen.head is not None:
        yield f"  from  {plan.seen.head[:7]}"
    if plan.to is not None:
        yield f"  to    {_commit(plan.to)}" + _distance(plan)
    if started.previous is not None and not verified:
        yield f"  rollback target: {started.previous.commit[:7]}, the newest verified release"
    if started.previous is None and plan.seen.release is None:
        yield (
            "  no verified release to roll back to: a failure halts"
            if started.first
            else "  no verified release to roll back to; for a first deployment add --initial"
        )
    if services := fates(plan):
        yield f"  {services}"
    if plan.policies:
        yield f"  policy changes: {', '.join(plan.policies)}"
    if plan.migrations:
        yield f"  migrations: {_listed(plan.migrations)}: data may change, so a rollback will ask"
    if started.interlock != "unknown":
        yield f"  interlock: {started.interlock} now" + ("" if started.may_arm else "; stays disarmed (--arm)")
    for line in plan.drift:
        yield f"  drift: {line}"
    for line in plan.warnings:
        yield f"  warning: {line}"
    for line in plan.unknown:
        yield f"  not known yet: {line}"


def _distance(plan: Plan) -> str:
    if plan.between is None or not plan.between.count:
        return ""
    count = plan.between.count
    return f"    {count} commit{'s' * (count != 1)} {'back' if plan.between.back else 'ahead'}"


def _commits(plan: Plan) -> Iterator[str]:
    if plan.between is None or not plan.between.commits:
        return
    yield ""
    yield "Commits that it removes" if plan.between.back else "Commits"
    for commit in plan.between.commits[:MOST]:
        yield f"  {_commit(commit)}"
    if plan.between.count > MOST:
        yield f"  and {plan.between.count - MOST} more"
    other = len(plan.between.files) - len({*plan.policies, *plan.migrations, *plan.configuration})
    for what, files in (
        ("policy", plan.policies),
        ("migrations", plan.migrations),
        ("configuration", plan.configuration),
    ):
        if files:
            yield f"  {what}: {_listed(files)}"
    yield f"  {other} other file{'s' * (other != 1)}"


def _images(plan: Plan) -> Iterator[str]:
    if not plan.services:
        return
    yield ""
    yield "Services"
    room = max(len(name) for name in plan.services)
    for name, change in plan.services.items():
        yield f"  {name:<{room}}  {change.fate:<9}  {_image(change)}" + (f"  ({change.why})" if change.why else "")


def _image(change: Change) -> str:
    was, to = _named(change.was), _named(change.to)
    if change.to is None or was == to:
        return was
    return f"{was} → {to}"


def _named(image: Image | None) -> str:
    if image is None:
        return "-"
    return id_of(image.id) if image.id else (image.digest or "known once it is pulled")


def _steps(plan: Plan) -> Iterator[str]:
    edge = ""
    for step in plan.steps:
        if step.edge != edge:
            edge = step.edge
            yield ""
            yield f"{edge}: {step.source} → {step.target}"
        yield f"  {step.id:<12} {step.use:<22} {_acts(step)}"
        for line in step.lines:
            yield f"      $ {_shown(line.text)}"
    goal = plan.flow.states[plan.steps[-1].target] if plan.steps else plan.flow.initial
    if goal.watch is not None:
        yield ""
        yield f"watch: {len(goal.watch.checks)} checks for {duration(goal.watch.duration)}, then the run has succeeded"


def _shown(text: str) -> str:
    """A command on one line; a script is cut short: JSON and Markdown have it whole."""
    first, more, _ = text.partition("\n")
    return f"{first} …" if more else text


def _acts(step: PlannedStep) -> str:
    within = f"within {duration(step.deadline)}"
    if step.check:
        return f"checks, {within}"
    bounds = f"{within}, {step.attempts} attempt{'s' * (step.attempts != 1)}"
    says = f": {step.says}" if step.says else ""
    if step.acts is None:
        return f"known only when it starts{says}; {bounds}"
    return f"would run{says}; {bounds}" if step.acts else f"already done{says}"


def _verdict(plan: Plan, spec: str) -> Iterator[str]:
    run = f"titan-flow run {spec} --plan {short(plan)}"
    if not plan.looked:
        yield run
    elif any(red.refuses for red in plan.red):
        yield f"This run would be refused: {len(plan.red)} {'check fails' if len(plan.red) == 1 else 'checks fail'}"
        for red in plan.red:
            yield f"  {red.step} {red.use}: {red.answer}: {red.says}"
            if red.remedy:
                yield f"    → {red.remedy}"
        yield "Fix this first."
    else:
        yield "No check fails."
        yield f"To run exactly this plan: {run}"


def _commit(commit: Commit) -> str:
    return f"{commit.hash[:7]}  {commit.subject:<40}  {commit.author}"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def _kept(line: str) -> str:
    """Indented as it is, on one line, without control characters."""
    return visible(line.replace("\n", " ")).rstrip()
