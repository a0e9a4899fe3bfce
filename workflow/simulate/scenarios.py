"""Scenarios beside a spec: given these answers, a run comes to rest there, within this time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from titan_flow.states.durations import span
from titan_flow.states.model import Flow, SourceLocation, Step
from titan_flow.workflow.simulate.explore import judged, path
from titan_flow.workflow.simulate.faults import Fault, Token, kinds, steps
from titan_flow.workflow.simulate.trip import Simulator
from titan_flow.workflow.specfile.diagnostics import Findings
from titan_flow.workflow.specfile.errors import SpecError, listed, quote, suggestion
from titan_flow.workflow.specfile.schema import Duration
from titan_flow.workflow.specfile.yaml_reader import Loc, page_of, text_of

OUTCOMES = {
    "succeeded": "reached",
    "rolled_back": "rolled_back",
    "halted": "halted",
    "refused": "refused",
    "stopped": "stopped",
    "waiting": "waiting",
}
"""what a scenario may expect -> the outcome in the journal"""


class _Expected(BaseModel):
    model_config = ConfigDict(extra="forbid")
    state: str
    outcome: str | None = None


class _Scenario(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    given: dict[str, str] = Field(default_factory=dict[str, str])
    expect: _Expected
    within: Duration | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scenarios: list[_Scenario]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`outcome` None: any. `within`: seconds from the start to where the run first comes to rest; None: any time."""

    name: str
    token: Token
    state: str
    outcome: str | None
    within: float | None
    place: SourceLocation
    path: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a scenario went. `wrong`: what was not as expected; empty where all was."""

    scenario: Scenario
    seconds: float
    wrong: str

    def __str__(self) -> str:
        one = self.scenario
        return f"{one.path}:{one.place.line}:{one.place.column}: scenario {quote(one.name)}: {self.wrong}"


def read(path: str, flow: Flow) -> list[Scenario]:
    """The scenarios of that file. Raises SpecError, with every mistake."""
    page, broken = page_of(text_of(path), path)
    found = Findings(page, [mistake for _, mistake in broken], {at for at, _ in broken})
    file = found.valid(_File, dict(page.data), ())
    made = [_scenario(one, ("scenarios", n), flow, found) for n, one in enumerate(file.scenarios)] if file else []
    if found.mistakes:
        raise SpecError(found.mistakes)
    return made


def _scenario(one: _Scenario, at: Loc, flow: Flow, found: Findings) -> Scenario:
    expected, here = one.expect, (*at, "expect")
    if expected.state not in flow.states:
        found.note((*here, "state"), f"unknown state {quote(expected.state)}{suggestion(expected.state, flow.states)}")
    if expected.outcome is not None and expected.outcome not in OUTCOMES:
        found.note((*here, "outcome"), f"an outcome is {listed(OUTCOMES)}, not {quote(expected.outcome)}")
    token = Token(tuple(_faults(one.given, (*at, "given"), flow, found)))
    outcome = OUTCOMES.get(expected.outcome) if expected.outcome is not None else None
    return Scenario(one.name, token, expected.state, outcome, one.within, found.page.place(at), found.page.path)


def _faults(given: Mapping[str, str], at: Loc, flow: Flow, found: Findings) -> Iterator[Fault]:
    """A step by its id; every step of a transition, recovery or watched state by its name."""
    by_id = {step.id: [step] for step in steps(flow)}
    by_name = dict[str, list[Step]]()
    for step in steps(flow):
        by_name.setdefault(step.edge, []).append(step)
    for name, kind in given.items():
        meant = by_id.get(name) or by_name.get(name)
        if meant is None:
            found.note((*at, name), f"unknown step {quote(name)}{suggestion(name, [*by_id, *by_name])}", key=True)
            continue
        fitting = [step for step in meant if kind in kinds(step)]
        if not fitting:
            known = listed(dict.fromkeys(kind for step in meant for kind in kinds(step)))
            found.note((*at, name), f"{quote(name)} can be {known}, not {quote(kind)}")
        yield from (Fault(kind, step.id) for step in fitting)


def verdict(simulator: Simulator, scenario: Scenario, bound: float) -> Verdict:
    """Runs it. A rule that is broken is wrong too, whatever the end."""
    trip = simulator.run(scenario.token)
    if not trip.rests:
        return Verdict(scenario, 0.0, trip.stuck)
    rest = trip.rests[0]
    wrong = [str(one) for one in judged(simulator, trip, bound)]
    if rest.state != scenario.state or scenario.outcome not in (None, rest.outcome):
        wanted = scenario.state + (f" ({scenario.outcome})" if scenario.outcome is not None else "")
        wrong.append(f"expected {wanted}, came to {rest.state} ({rest.outcome}): {path(trip)}")
    if scenario.within is not None and rest.seconds > scenario.within:
        wrong.append(f"expected within {span(scenario.within)}, took {span(rest.seconds)}: {path(trip)}")
    return Verdict(scenario, rest.seconds, "; ".join(wrong))
