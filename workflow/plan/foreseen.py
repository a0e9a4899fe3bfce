"""What a pre-flight foresees of the actions behind its checks: those that cannot succeed, and warnings."""

from __future__ import annotations

from dataclasses import replace

from titan_flow import __version__
from titan_flow.adapters.site import Site
from titan_flow.states.events import RunStarted
from titan_flow.states.identity import Operator
from titan_flow.states.values import Answer, Interlock, Observation
from titan_flow.workflow.plan.collect import refused
from titan_flow.workflow.plan.walk import Foresight
from titan_flow.workflow.preflight.run_checks import Checked, Preflight
from titan_flow.workflow.specfile.model import Spec
from titan_flow.workflow.specfile.params import parameters


async def foreseen(spec: Spec, site: Site, found: Preflight, who: Operator) -> Preflight:
    """The same pre-flight with what was foreseen. Nothing is, where the host or a parameter is not known.

    Reads only: objects may be fetched into refs of ours.
    """
    if found.away or parameters(spec, found.params)[1]:
        return found
    started = RunStarted(
        flow=spec.flow.name,
        environment="preflight",
        target=str(spec.target),
        spec=spec.text,
        spec_sha256=spec.sha256,
        params=dict(found.params),
        operator=who,
        version=__version__,
        interlock=Interlock.UNKNOWN,
        state=spec.flow.initial.name,
    )
    walk = await Foresight(site, spec.flow, started, spec.adapters).walk()
    steps = {step.id: step for edge in spec.flow.edges for step in edge.actions}
    known = [one.look.says for one in found.checks]
    mask = site.redactor.mask
    return replace(
        found,
        foreseen=tuple(
            Checked(steps[one.step], Observation(Answer.NO, mask(one.says), final=True), mask(one.remedy), 0.0)
            for one in refused(walk, known)
        ),
        warnings=mask(tuple(walk.warnings)),
    )
