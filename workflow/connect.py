"""From a spec to where it acts: the host, its guard, and the context that a run is performed on."""

from __future__ import annotations

from dataclasses import dataclass

from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.specfile.bind import Find
from titan_flow.workflow.specfile.model import Spec


@dataclass(frozen=True)
class Environment:
    """One environment, reached: its id, its site, its guard."""

    spec: Spec
    site: Site
    guard: Guard
    environment: str
    find: Find | None = None
    """where checks and actions come from; None: our adapters, and those of entry points"""

    def context(self) -> RunContext:
        return RunContext(self.spec.flow, self.site, self.guard, find=self.find)

    @property
    def target(self) -> str:
        return target_of(self.spec)


def target_of(spec: Spec) -> str:
    """For people: `deploy@titan.example.com:/opt/titan`, or the directory alone on this machine."""
    return f"{spec.target.ssh}:{spec.target.directory}" if spec.target.ssh else spec.target.directory


def site_of(spec: Spec, gateway: Gateway | None = None) -> Site:
    """The site, not yet connected to anything."""
    return Site(_host(spec), spec.target.directory, spec.blocks, gateway or Gateway())


async def reach(spec: Spec, gateway: Gateway | None = None) -> Environment:
    """Connects, and learns the environment's id (written there once). Raises Unreachable, Refused."""

    site = site_of(spec, gateway)
    guard = site.guard()
    try:
        return Environment(spec, site, guard, await guard.identify())
    except BaseException:
        await site.close()
        raise


def _host(spec: Spec) -> Host:
    if spec.target.ssh is None:
        return LocalHost()

    config = spec.target.ssh_config
    return SshHost(spec.target.ssh, ("-F", config) if config else ())
