"""A simulation as JUnit XML, which CI systems show: one case for each scenario, failure edge and rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.simulate.as_text import again
from titan_flow.workflow.simulate.explore import Result
from titan_flow.workflow.simulate.invariants import RULES
from titan_flow.workflow.simulate.scenarios import Verdict


@dataclass(frozen=True, slots=True)
class _Case:
    group: str
    name: str
    seconds: float = 0.0
    failure: str = ""


def junit(spec: str, result: Result, verdicts: Sequence[Verdict]) -> str:
    cases = [*_cases(spec, result, verdicts)]
    failed = sum(bool(case.failure) for case in cases)
    head = f"<testsuite name={_attribute(spec)} tests={_attribute(len(cases))} failures={_attribute(failed)}>"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *map(_xml, cases), "</testsuite>", ""])


def _cases(spec: str, result: Result, verdicts: Sequence[Verdict]) -> Iterator[_Case]:
    for one in verdicts:
        yield _Case("scenario", one.scenario.name, one.seconds, str(one) if one.wrong else "")
    for edge in result.edges:
        missing = f"{edge} was not taken by any run" if edge in result.missing else ""
        yield _Case("failure edge", str(edge), failure=missing)
    for rule in RULES:
        broken = [one for one in result.violations if one.violation.rule == rule]
        yield _Case(
            "rule", rule, failure="\n".join(f"{one.violation.says}\n{again(spec, one.token)}" for one in broken)
        )


def _xml(case: _Case) -> str:
    head = (
        f"  <testcase classname={_attribute(case.group)} name={_attribute(case.name)} time={_attribute(case.seconds)}"
    )
    if not case.failure:
        return f"{head}/>"
    first = case.failure.splitlines()[0]
    text = escape(visible(case.failure))
    return f"{head}><failure message={_attribute(first)}>{text}</failure></testcase>"


def _attribute(value: object) -> str:
    return quoteattr(visible(str(value)))
