"""What a person asks first when something is wrong: containers with their last words, networks and probes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from titan_flow.adapters.compose.by_hand import ComposeByHand
from titan_flow.adapters.compose.containers import bare, environments, inspect, last_lines
from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.services import expected
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Unrendered, facts, project
from titan_flow.adapters.diagnosis import Details, Folder, Part, StartedWith, Symptom
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.protocol import Instance
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json

_ROOT = "docker info --format '{{.DockerRootDir}}' 2>/dev/null || echo /var/lib/docker"
LINES = 40
LONGEST = 300
"""characters of a line"""


class ComposeDetails:
    def __init__(self, site: Site) -> None:
        self.by_hand = ComposeByHand(site.block(Compose))

    async def storage(self, site: Site) -> Folder:
        settings = site.block(Compose)
        (answer,) = await site.run_all(settings.does("sh", "-c", _ROOT))
        return Folder(answer.out.strip() or ".", settings.sudo)

    async def details(self, site: Site) -> Details:
        """An engine that does not answer is a symptom. Raises Unreachable."""
        settings = site.block(Compose)
        try:
            found = await facts(site, settings)
            there, wanted = found.project, tuple(expected(found.rendered, found.project, settings))
        except Unrendered:
            there, wanted = await project(site, settings), tuple(settings.services)
        except Unreachable as lost:
            look = settings.typed_command("info")
            return Details(symptoms=(Symptom("docker", "docker does not answer", (str(lost),), look, first=True),))
        inspected, logs = await _look_at(site, settings, there.containers)
        instances = {one.id: one for one in there.instances(settings.once)}
        parts = tuple(
            _part(one, instances[one.id], told, last, there)
            for one, told, last in zip(there.containers, inspected, logs, strict=True)
        )
        started = tuple(
            StartedWith(part.service, env, _words(told))
            for part, env, told in zip(
                parts, await environments(site, settings, there.containers), inspected, strict=True
            )
        )
        return Details(parts, wanted, started, tuple(_left_behind(settings, there.containers)))


async def _look_at(
    site: Site, settings: Compose, containers: Sequence[Container]
) -> tuple[list[Mapping[str, Json]], list[tuple[str, ...]]]:
    """What each container looks like, and its last lines. Raises Unreachable."""
    asked = [inspect(settings, one.id) for one in containers]
    asked += [last_lines(settings, one.id, LINES) for one in containers]
    answers = await site.run_all(*asked) if asked else []
    inspected, logged = answers[: len(containers)], answers[len(containers) :]
    return [_bare(one.out) if one.ok else {} for one in inspected], [
        _lines(one.out) if one.ok else () for one in logged
    ]


def _left_behind(settings: Compose, containers: Sequence[Container]) -> Iterator[Symptom]:
    if names := [one.name.lstrip("/") for one in containers if one.leftover]:
        what = "an interrupted compose up left containers behind"
        yield Symptom("leftovers", what, (", ".join(names),), settings.typed_command("rm", *names))


def _words(told: Mapping[str, Json]) -> tuple[str, ...]:
    args = told.get("Args")
    return tuple(str(word) for word in args) if isinstance(args, list) else ()


def _part(one: Container, instance: Instance, told: Mapping[str, Json], last: tuple[str, ...], there: Project) -> Part:
    known = there.images.get(one.image)
    return Part(
        service=one.service,
        name=one.name.lstrip("/"),
        running=one.running,
        status=one.status,
        health=one.health or "none",
        restarts=one.restarts,
        age=instance.age,
        exit_code=None if one.running else one.exit_code,
        oom_killed=one.oom_killed,
        once=instance.once,
        image=" ".join(known.tags or ()) if known else "",
        networks=tuple(sorted(_under(told, "NetworkSettings", "Networks"))),
        ports=_published(_under(told, "HostConfig", "PortBindings")),
        last=last,
        probe=_probe(_under(told, "State", "Health")),
    )


def _bare(out: str) -> dict[str, Json]:
    try:
        return bare(out)
    except ValueError:
        return {}


def _under(told: Mapping[str, Json], *names: str) -> Mapping[str, Json]:
    found: Json = cast("Json", told)
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _published(bindings: Mapping[str, Json]) -> tuple[int, ...]:
    ends = (one for published in bindings.values() if isinstance(published, list) for one in published)
    ports = (one.get("HostPort") for one in ends if isinstance(one, dict))
    return tuple(sorted({int(port) for port in ports if isinstance(port, str) and re.fullmatch("[0-9]{1,5}", port)}))


def _probe(health: Mapping[str, Json]) -> str:
    """The last words of the health check, on one line."""
    log = health.get("Log")
    last = log[-1] if isinstance(log, list) and log else None
    output = last.get("Output") if isinstance(last, dict) else None
    return " ".join(output.split())[:LONGEST] if isinstance(output, str) else ""


def _lines(out: str) -> tuple[str, ...]:
    """Without docker's stamps."""
    lines = [line.partition(" ")[2] if line[:4].isdigit() else line for line in out.splitlines()]
    return tuple(line.strip()[:LONGEST] for line in lines if line.strip())
