"""Looks at every pre-flight check at once. Reads only: no lock, no journal, and nothing is made on the host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from titan_flow.adapters.base import Check
from titan_flow.adapters.effects import run
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.states.model import Step, Transition
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.engine.observe import Alone, observe
from titan_flow.workflow.preflight.checks import first
from titan_flow.workflow.specfile.bind import instance
from titan_flow.workflow.specfile.model import Spec
from titan_flow.workflow.specfile.params import looked_up, parameters
from titan_flow.workflow.specfile.references import BindError, resolve


@dataclass(frozen=True, slots=True)
class Checked:
    """One check's answer. `remedy`: what to do where it is not a yes. `seconds` that it took."""

    step: Step
    look: Observation
    remedy: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Preflight:
    """All answers, in the spec's order; `params` as far as they are known; `seconds` for the whole of it.

    `away`: why the host does not answer; then no check was made. `foreseen`: actions behind the checks that cannot
    succeed.
    """

    checks: tuple[Checked, ...]
    params: Mapping[str, str]
    seconds: float
    away: str = ""
    foreseen: tuple[Checked, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return all(one.look.yes for one in (*self.checks, *self.foreseen))


class _Answers(Check):
    """The host runs a command."""

    name = "host"

    async def look(self, site: Site, since: Json) -> Observation:
        await site.run(run("true"))
        return Observation(Answer.YES)


async def inspect(spec: Spec, site: Site, given: Mapping[str, str], operator: str) -> Preflight:
    """Each check is looked at once, with its transition's retries for what does not answer. Raises SpecError.

    A check whose parameter cannot be looked up is *unknown*, and says why.
    """
    clock = site.gateway.monotonic
    began, steps = clock(), first(spec.flow)
    for edge, _ in steps[:1]:
        host = site.redactor.mask(await observe(_Answers(), None, edge.patience, Alone(site)))
        if not host.yes:
            checks = tuple(Checked(step, host, "", 0.0) for _, step in steps)
            return Preflight(checks, {}, clock() - began, away=host.says)
    params, lost = await _params(spec, site, given)
    values = {**spec.flow.values(), **_values(params, operator, site)}
    checks = await asyncio.gather(*(_check(edge, step, values, lost, spec, site) for edge, step in steps))
    return Preflight(tuple(checks), params, clock() - began)


async def _check(
    edge: Transition, step: Step, values: Mapping[str, Json], lost: Mapping[str, str], spec: Spec, site: Site
) -> Checked:

    clock = site.gateway.monotonic
    began = clock()
    try:
        check = instance(step.use, resolve(step.args, {**values, "step.id": f"preflight/{step.id}"}), spec.adapters)
    except BindError as wrong:
        why = next((f"parameter {name}: {why}" for name, why in lost.items() if f"params.{name}" in str(wrong)), "")
        return Checked(step, Observation(Answer.UNKNOWN, why or str(wrong)), str(wrong) if why else "", clock() - began)
    seen = await observe(check, None, edge.patience, Alone(site))
    seen = site.redactor.mask(seen)
    return Checked(step, seen, "" if seen.yes else seen.remedy or check.remedy, clock() - began)


async def _params(spec: Spec, site: Site, given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Every value that is known, given or looked up on the host; and why others are not. Raises SpecError."""

    known, open_ = parameters(spec, given)
    lost: dict[str, str] = {}
    for name, use in open_.items():
        try:
            found = await looked_up(use, spec.adapters).value(site)
        except (LookupError, Unreachable) as why:
            lost[name] = str(why)
            continue
        if wrong := spec.params[name].wrong(found):
            lost[name] = f"as looked up: {wrong}"
        else:
            known[name] = found
    return known, lost


def _values(params: Mapping[str, str], operator: str, site: Site) -> dict[str, Json]:
    """What `${…}` can name before there is a run."""
    run: dict[str, Json] = {"id": "preflight", "operator": operator, "at": site.gateway.now().isoformat()}
    return {
        **{f"params.{name}": value for name, value in params.items()},
        **{f"run.{name}": value for name, value in run.items()},
        "run.environment": "preflight",
    }
