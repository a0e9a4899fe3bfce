"""What of a compose project is not as it should be: image, configuration, not running, left behind. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from titan_flow.adapters.compose_facts import Facts
from titan_flow.adapters.compose_reading import Container, stamp
from titan_flow.adapters.compose_rendered import Rendered
from titan_flow.adapters.running import YOUNG, short


def faults(found: Facts, ids: Mapping[str, str | None], orphans: bool) -> list[str]:
    """In words; empty where an up has nothing to do. `ids`: the image that each service should be made from."""
    wrong = [f"{service} {why}" for service, id in ids.items() if (why := fault(found, service, id)) is not None]
    wrong += [f"{one.name.lstrip('/')} was left behind" for one in found.project.containers if one.leftover]
    if orphans:
        strange = {one.service for one in found.project.containers} - {*found.rendered.services}
        wrong += [f"{name} is an orphan" for name in sorted(strange)]
    return wrong


def fault(found: Facts, service: str, id: str | None) -> str | None:
    """Why an up has something to do for the service; None where it runs as it should."""
    there = [one for one in found.project.of(service) if not one.leftover]
    ends, wanted = found.rendered.services[service].once, found.rendered.services[service].replicas
    if not there:
        return "has no container" if wanted else None
    if any(one.image != id for one in there):
        other = next(one.image for one in there if one.image != id)
        return f"is made from {short(other)}" + (f", not {short(id)}" if id else "")
    if not all(settled(found.rendered, service, id, one) for one in there):
        return "is configured otherwise"
    if not all(one.running or (ends and one.status == "exited" and one.exit_code == 0) for one in there):
        return f"is {there[0].status}"
    return None if len(there) == wanted else f"has {len(there)} of {wanted} containers"


def settled(rendered: Rendered, service: str, id: str | None, container: Container) -> bool:
    """Made from that image, by this configuration: as compose itself labels it, or as our override did."""
    plain = rendered.services[service].hash
    return container.image == id and plain in (container.hash, container.ours)


def looping(found: Facts, services: Iterable[str]) -> dict[str, str]:
    """Service -> in words, where one of its containers is started again and again by its own restart policy.

    Once the cause is mended, such a container still waits up to a minute for its next start, and its count of restarts
    speaks against it: a new one does neither.
    """

    def loops(one: Container) -> bool:
        young = one.running and found.project.now - stamp(one.started) < YOUNG
        return one.status == "restarting" or (young and one.restarts > 0)

    return {name: "keeps restarting" for name in services if any(loops(one) for one in found.project.of(name))}
