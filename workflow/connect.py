"""From a spec to where it acts: the host, its guard, and the context that a run is performed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import secrets
from titan_flow.adapters.credentials import NoSecret, Secret, private_text
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.nats.settings import NatsSettings
from titan_flow.adapters.site import Site
from titan_flow.adapters.supervisor.settings import SupervisorSettings
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.states.model import Flow
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
        return target_of(self.spec)


def target_of(spec: Spec) -> str:
    """For people: `deploy@titan.example.com:/opt/titan`, or the directory alone on this machine."""
    return f"{spec.target.ssh}:{spec.target.directory}" if spec.target.ssh else spec.target.directory


def site_of(spec: Spec, gateway: Gateway | None = None) -> Site:
    """The site, not yet connected to anything. Its redactor knows the secrets that the spec names on this machine."""
    site = Site(_host(spec), spec.target.directory, spec.blocks, gateway or Gateway(), offers=_offers(spec))
    site.redactor.add_names(*_names(spec))
    for secret in _named(spec):
        with suppress(NoSecret):
            secret.value(site.redactor)
    nats = spec.blocks.get(NatsSettings.block)
    if isinstance(nats, NatsSettings) and nats.creds:
        with suppress(NoSecret):
            site.redactor.add(private_text(nats.creds))
    return site


async def learn(site: Site) -> None:
    """Teaches the redactor what the host's env files hold, before anything is said. Raises nothing."""
    await secrets(site)


async def reach(spec: Spec, gateway: Gateway | None = None) -> Environment:
    """Connects, and learns the environment's id (written there once). Raises Unreachable, Refused."""

    site = site_of(spec, gateway)
    guard = site.guard()
    try:
        return Environment(spec, site, guard, await guard.identify())
    except BaseException:
        await site.close()
        raise


def _offers(spec: Spec) -> Callable[[type], Callable[[Site], object] | None]:
    """Finds what the spec's adapters offer: those with a block of their own are asked first."""
    steps = (step for edge in spec.flow.edges for step in edge.steps)
    nouns = dict.fromkeys((*spec.blocks, *(step.use.partition(".")[0] for step in steps)))
    return lambda kind: spec.adapters.offer(kind, nouns)


def _names(spec: Spec) -> Iterator[str]:
    """What the spec itself calls things: these stay readable."""
    flow, target = spec.flow, spec.target
    yield from (flow.name, target.directory, target.ssh or "", (target.ssh or "").rpartition("@")[2])
    yield from (*flow.states, *(edge.name for edge in flow.edges))
    compose = spec.blocks.get(Compose.block)
    if isinstance(compose, Compose):
        files = (*compose.file, *compose.env_file, *compose.masked)
        yield from (*files, *compose.services, *compose.once, *compose.profiles, compose.project or "")
    supervisor = spec.blocks.get(SupervisorSettings.block)
    if isinstance(supervisor, SupervisorSettings):
        yield from supervisor.services


def _named(spec: Spec) -> Iterator[Secret]:
    """Every secret that the blocks and steps of the spec name."""
    for block in spec.blocks.values():
        yield from (value for name in type(block).model_fields if isinstance(value := getattr(block, name), Secret))
    steps = [step for edge in spec.flow.edges for step in (*edge.checks, *edge.actions)]
    for step in (*steps, *spec.flow.notify):
        for value in step.args.values():
            if isinstance(value, dict) and len(value) == 1 and value.keys() <= {"env", "file"}:
                with suppress(ValidationError):
                    yield Secret.model_validate(value)


def _host(spec: Spec) -> Host:
    if spec.target.ssh is None:
        return LocalHost()

    config = spec.target.ssh_config
    return SshHost(spec.target.ssh, ("-F", config) if config else ())
