"""From a spec to the site where it acts. Reading commands need no more; `environment.py` has what runs need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from pydantic import ValidationError

from titan_flow.adapters.credentials import NoSecret, Secret, private_text
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.offers import SecretsOnHost
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.workflow.specfile.model import Spec


def site_of(spec: Spec, gateway: Gateway | None = None) -> Site:
    """The site, not yet connected to anything. Its redactor knows the secrets that the spec names on this machine."""
    site = Site(_host(spec), spec.target.directory, spec.blocks, gateway or Gateway(), offers=_offers(spec))
    site.redactor.add_names(*_names(spec))
    for secret in _named(spec):
        with suppress(NoSecret):
            secret.value(site.redactor)
    for path in (path for block in spec.blocks.values() for path in block.secret_files()):
        with suppress(NoSecret):
            site.redactor.add(private_text(path))
    return site


async def learn(site: Site) -> None:
    """Teaches the redactor what the host's env files hold, before anything is said. Raises nothing."""
    if (secrets := site.offered(SecretsOnHost)) is not None:
        await secrets(site)


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
    for block in spec.blocks.values():
        yield from block.names()


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
