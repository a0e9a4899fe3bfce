"""What a simulation found, for people."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from titan_flow.states.durations import span
from titan_flow.workflow.display.terminal import visible
from titan_flow.workflow.simulate.explore import Result
from titan_flow.workflow.simulate.faults import Token
from titan_flow.workflow.simulate.invariants import RULES
from titan_flow.workflow.simulate.scenarios import Verdict

OUTCOMES = {
    "reached": "succeeded",
    "rolled_back": "rolled back",
    "waiting": "waits for an answer",
    "interrupted": "stopped, resumable",
}
"""outcomes in words, where the name is not one"""


def outcome(name: str) -> str:
    return OUTCOMES.get(name, name)


def again(spec: str, token: Token) -> str:
    """The command that runs that one run again."""
    return f"titan-flow simulate {shlex.quote(spec)} --replay {shlex.quote(str(token))}"


def as_text(spec: str, result: Result, seed: int, verdicts: Sequence[Verdict] = ()) -> str:
    return visible("\n".join([*_lines(spec, result, seed), *_scenarios(spec, verdicts), *_broken(spec, result)]))


def _lines(spec: str, result: Result, seed: int) -> Iterator[str]:
    runs = result.ends.total()
    rate = runs / result.took if result.took else 0.0
    yield f"{spec}: {runs} simulated runs of {result.flow.name} in {span(result.took)} ({rate:.0f} a second)"
    yield "  first end                                    runs"
    for (state, name), count in result.ends.most_common():
        yield f"    {state:<16} {outcome(name):<22} {count:>6}"
    yield from _waited(result)
    taken = len(result.edges) - len(result.missing)
    yield f"  failure edges  {taken} of {len(result.edges)} taken"
    yield from (f"    NOT TAKEN: {edge}" for edge in result.missing)
    if result.slowest is not None:
        rest, token, way = result.slowest
        yield f"  slowest        {span(rest.seconds)} (virtual; `check` promises {span(result.bound)}): {way}"
        yield f"                 {again(spec, token)}"
    yield f"  exhaustive     {_exhaustive(result)}"
    yield f"  sampled        {result.sampled} pairs of faults, seed {seed}"


def _scenarios(spec: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    if verdicts:
        passed = sum(not one.wrong for one in verdicts)
        yield f"  scenarios      {passed} of {len(verdicts)} as expected"
    for one in verdicts:
        if one.wrong:
            yield str(one)
            yield f"    {again(spec, one.scenario.token)}"


def _waited(result: Result) -> Iterator[str]:
    waited = sum(count for (_, name), count in result.ends.items() if name in ("waiting", "interrupted"))
    if waited:
        finals = ", ".join(f"{state} {count}" for (state, _), count in result.finals.most_common())
        yield f"    after repair and resume, all of them ended: {finals}"


def _exhaustive(result: Result) -> str:
    faults = f"{result.single} single faults of steps, {result.crashes} crashes of the driver"
    where = "on the way to the goal, and in each recovery"
    return f"{faults}, {where}" if not result.cut else f"NOT complete, {result.cut}: {faults}; give more --seconds"


def _broken(spec: str, result: Result) -> Iterator[str]:
    for one in result.violations:
        yield f"VIOLATION {one.violation}"
        yield f"    {one.path}"
        yield f"    {again(spec, one.token)}"
    count = len(result.violations)
    yield f"{count} violation{'s' * (count != 1)} of {len(RULES)} rules"
