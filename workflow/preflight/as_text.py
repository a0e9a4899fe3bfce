"""A pre-flight as text (one line per check with its evidence, and below it what to do) or as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from titan_flow.states.values import Answer, Json
from titan_flow.workflow.display.event_text import span
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.preflight.run_checks import Checked, Preflight

GLYPHS = {Answer.YES: "✓", Answer.NO: "✗", Answer.PARTLY: "✗", Answer.UNKNOWN: "?"}


def as_text(found: Preflight, flow: str, target: str, spec: str) -> str:
    """Nothing in it can control a terminal."""
    rows = (*found.checks, *found.foreseen)
    step = max((len(one.step.id) for one in rows), default=0)
    use = max((len(one.step.use) for one in rows), default=0)
    lines = [one_line(f"pre-flight of {flow} → {target}")]
    lines += [f"  {name} {one_line(value)}" for name, value in found.params.items()]
    lines.append("")
    if found.away:
        return "\n".join([*lines, f" ? {one_line(found.away)}", "", _verdict(found, spec)])
    for one, also in _causes((*found.checks, *found.foreseen)):
        says = one_line(one.look.says) or one.look.answer.value
        says += f" (also {', '.join(also)})" if also else ""
        lines.append(f" {GLYPHS[one.look.answer]} {one.step.id:<{step}}  {one.step.use:<{use}}  {says}")
        if one.remedy and not also:
            lines.append(f"   {'':<{step}}  {'':<{use}}  → {one_line(one.remedy)}")
    lines += [f" ! warning: {one_line(warning)}" for warning in found.warnings]
    return "\n".join([*lines, "", _verdict(found, spec)])


def _causes(checks: Sequence[Checked]) -> Iterator[tuple[Checked, list[str]]]:
    """Each check with those that fail for the same cause, in the same words; these do not come again."""
    told = set[str]()
    for one in checks:
        if one.look.yes or not one.look.says:
            yield one, []
        elif one.look.says not in told:
            told.add(one.look.says)
            same = [other.step.id for other in checks if not other.look.yes and other.look.says == one.look.says]
            yield one, same[1:]


def _verdict(found: Preflight, spec: str) -> str:
    counts = [
        f"{count} {answer}"
        for answer in (Answer.YES, Answer.NO, Answer.PARTLY, Answer.UNKNOWN)
        if (count := sum(one.look.answer is answer for one in found.checks))
    ]
    if found.away:
        checks = f"none of {len(found.checks)} checks was made" if len(found.checks) > 1 else "no check was made"
        return f"The host does not answer, so {checks}. Refused. Once it answers: titan-flow preflight {spec}"
    bound = ", ".join(one.step.id for one in found.foreseen)
    if found.foreseen and all(one.look.yes for one in found.checks):
        passed = "1 check passes" if len(found.checks) == 1 else f"{len(found.checks)} checks pass"
        return f"{passed}, but {bound} cannot succeed. Refused. Fix this first."
    if not found.checks:
        return "no checks: the flow checks nothing before its first action"
    summary = f"{len(found.checks)} checks in {span(found.seconds)}: {', '.join(counts)}"
    if found.ok:
        return f"{summary}. Deploy: titan-flow run {spec}"
    red = next(one for one in found.checks if not one.look.yes)
    waive = f"titan-flow run {spec} --skip-check {red.step.id} --reason …"
    return f"{summary}. Refused. Fix it, or skip it on your own responsibility: {waive}"


def document(found: Preflight, flow: str, target: str, spec: str) -> dict[str, Json]:
    """`{"spec", "flow", "target", "ok", "params", "seconds", "checks": [{"step", "use", "answer", …}], "foreseen": […],
    "warnings": […]}`"""
    return {
        "spec": spec,
        "flow": flow,
        "target": target,
        "ok": found.ok,
        "params": dict(found.params),
        "seconds": round(found.seconds, 3),
        "checks": [_check(one) for one in found.checks],
        "foreseen": [_check(one) for one in found.foreseen],
        "warnings": [*found.warnings],
    }


def _check(one: Checked) -> dict[str, Json]:
    return {
        "step": one.step.id,
        "use": one.step.use,
        "answer": one.look.answer.value,
        "says": one.look.says,
        "remedy": one.remedy,
        "evidence": dict(one.look.evidence),
        "seconds": round(one.seconds, 3),
    }
