"""Whether networks, volumes and what is attached to a container are as the compose file configures them.

compose labels what it makes with the hash of its configuration, and makes a network anew where that has changed. A
volume it would have to remove, with its data: that is nobody's to do but a person's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.declared import Resource
from titan_flow.adapters.compose.models import UNREADABLE, Container, Project, Text
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask, error_text
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site


class Network(BaseModel):
    """As `docker network inspect` has it; `hash` is empty where compose left none."""

    model_config = ConfigDict(frozen=True)
    network: str
    id: str
    hash: Text
    driver: str
    internal: bool
    attachable: bool
    enable_ipv6: bool
    subnets: Text


class Volume(BaseModel):
    """As `docker volume inspect` has it; `options` is their hash, known only where compose left none of its own."""

    model_config = ConfigDict(frozen=True)
    volume: str
    hash: Text
    driver: str
    options: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is there, by name."""

    networks: Mapping[str, Network] = field(default_factory=dict[str, Network])
    volumes: Mapping[str, Volume] = field(default_factory=dict[str, Volume])


async def observe(site: Site, settings: Compose, rendered: Rendered) -> Observed:
    """Of the networks and volumes that the file declares, those that are on the host. Raises Unreachable."""
    networks, volumes = (
        sorted({one.name for one in each.values()}) for each in (rendered.declared.networks, rendered.declared.volumes)
    )
    if not networks and not volumes:
        return Observed()
    (answer,) = await ask(site, questions.observed(settings, networks, volumes))
    if not answer.ok:
        raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    try:
        return read_observed(answer.out)
    except ValueError as wrong:
        raise Unreachable(f"docker on {site.host.name}: {wrong}") from None


def read_observed(out: str) -> Observed:
    """From `queries.observed`. Raises ValueError on anything else."""
    networks, volumes = dict[str, Network](), dict[str, Volume]()
    try:
        for line in out.splitlines():
            if line.startswith('{"network":'):
                network = Network.model_validate_json(line)
                networks[network.network] = network
            elif line.startswith('{"volume":'):
                volume = Volume.model_validate_json(line)
                volumes[volume.volume] = volume
            elif line.startswith("options "):
                _, name, hash = line.split()[:3]
                volumes[name] = volumes[name].model_copy(update={"options": hash})
    except (ValidationError, KeyError):
        raise ValueError(UNREADABLE) from None
    return Observed(networks, volumes)


def changed_networks(rendered: Rendered, there: Observed) -> dict[str, str]:
    """Key -> name of each network that compose makes anew: its label says that it was made by another configuration."""
    return {
        key: one.name
        for key, one in rendered.declared.networks.items()
        if _labelled(one, there.networks.get(one.name)) is False
    }


def beyond_up(rendered: Rendered, there: Observed, services: Iterable[str]) -> list[str]:
    """In words: networks and volumes of these services that no `up` makes as the file configures them."""
    used = [rendered.services[name] for name in services]
    declared = rendered.declared
    volumes = [one for key, one in declared.volumes.items() if any(key in each.volumes for each in used)]
    networks = [one for key, one in declared.networks.items() if any(key in each.networks for each in used)]
    wrong = [f"volume {one.name}" for one in volumes if _differs(one, there.volumes.get(one.name))]
    return wrong + [f"network {one.name}" for one in networks if _is_otherwise(one, there.networks.get(one.name))]


def remedy_for(wrong: Sequence[str]) -> str:
    """What a person does about what `beyond_up` named."""
    if wrong[0].startswith("volume"):
        name = wrong[0].removeprefix("volume ")
        return f"take its new configuration back; or save its data, then: docker compose down; docker volume rm {name}"
    return "take its new configuration back; or, on the host: docker compose down (volumes stay); then run again"


def detached(rendered: Rendered, there: Project, observed: Observed | None = None) -> dict[str, str]:
    """Id of a container -> why it is not reached, or reaches nothing, as the file says.

    Without `observed` networks are compared by name alone.
    """
    found: dict[str, str] = {}
    for service in rendered.services:
        for one in there.of(service):
            if not one.leftover and (why := _detached(rendered, service, one, observed)):
                found[one.id] = why
    return found


def _detached(rendered: Rendered, service: str, one: Container, observed: Observed | None) -> str | None:
    wanted = rendered.services[service]
    if one.volumes is not None:
        for key in wanted.volumes:
            name = _name(rendered.declared.volumes, key)
            if name not in one.volumes.split():
                return f"does not mount volume {name}"
    if one.networks is None or not one.running:
        return None
    joined = dict(word.split("=", 1) for word in one.networks.split())
    for key in wanted.networks:
        name = _name(rendered.declared.networks, key)
        real = observed.networks.get(name) if observed else None
        if name not in joined or (real is not None and joined[name] != real.id):
            return f"is not connected to network {name}"
    declared = [rendered.declared.networks[key] for key in wanted.networks if key in rendered.declared.networks]
    if one.unpublished and any(each.publishes for each in declared):
        return f"does not publish port {one.unpublished.split()[0]}"
    return None


def _name(resources: Mapping[str, Resource], key: str) -> str:
    return resources[key].name if key in resources else key


def _labelled(wanted: Resource, there: Network | Volume | None) -> bool | None:
    """Whether compose made it by this configuration, as its label says; None where nothing says so."""
    if there is None or wanted.external or not there.hash or not wanted.hashes:
        return None
    return there.hash in wanted.hashes


def _differs(wanted: Resource, there: Volume | None) -> bool:
    if there is None or wanted.external:
        return False
    if there.hash:
        return _labelled(wanted, there) is False
    driver = json.loads(wanted.facts.get("driver", ('"local"',))[0])
    return driver != there.driver or wanted.options != there.options


def _is_otherwise(wanted: Resource, there: Network | None) -> bool:
    """Of a network that compose has left no hash on: it would leave that as it is."""
    if there is None or wanted.external or there.hash:
        return False
    facts = {name: json.loads(values[0]) for name, values in wanted.facts.items() if name in _COMPARED}
    subnets = [json.loads(text) for text in wanted.facts.get("subnet", ())]
    real = {"driver": there.driver, "internal": there.internal, "attachable": there.attachable}
    real["enable_ipv6"] = there.enable_ipv6
    wants = {"internal": False, "attachable": False, **facts}
    return any(real[name] != value for name, value in wants.items()) or not {*subnets} <= {*there.subnets.split()}


_COMPARED = ("driver", "internal", "attachable", "enable_ipv6")
