"""One environment, reached: what runs are performed on."""

from __future__ import annotations

from dataclasses import dataclass

from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.site import Site
from titan_flow.states.model import Flow
from titan_flow.workflow.connect import site_of
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.specfile.model import Spec


@dataclass(frozen=True)
class Environment:
    """One environment, reached: its id, its site, its guard."""

    spec: Spec
    site: Site
    guard: Guard
    environment: str

    def context(self, flow: Flow | None = None) -> RunContext:
        """`flow`: what a run obeys, where that is not the spec's whole flow."""
        return RunContext(flow or self.spec.flow, self.site, self.guard, self.spec.adapters)

    @property
    def target(self) -> str:
        return str(self.spec.target)


async def reach(spec: Spec, gateway: Gateway | None = None) -> Environment:
    """Connects, and learns the environment's id (written there once). Raises Unreachable, Refused."""

    site = site_of(spec, gateway)
    guard = site.guard()
    try:
        return Environment(spec, site, guard, await guard.identify())
    except BaseException:
        await site.close()
        raise
