"""What runs, with its last words, its networks and its credentials' digests: asked of compose, or of a supervisor."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from titan_flow.adapters.compose.containers import Env, bare, environments, inspect, last_lines
from titan_flow.adapters.compose.models import Container, Project
from titan_flow.adapters.compose.services import expected
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Unrendered, project
from titan_flow.adapters.compose.state import facts as compose_facts
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.services.protocol import Instance
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json
from titan_flow.workflow.doctor.credentials import logins
from titan_flow.workflow.doctor.facts import Facts, Login, Part
from titan_flow.workflow.doctor.rules_connections import servers

LINES = 40
LONGEST = 300
"""characters of a line"""


async def of_compose(site: Site, facts: Facts) -> Facts:
    """Raises Unreachable."""

    settings = site.block(Compose)
    try:
        found = await compose_facts(site, settings)
        there, wanted = found.project, tuple(expected(found.rendered, found.project, settings))
    except Unrendered:
        there, wanted = await project(site, settings), tuple(settings.services)
    except Unreachable as lost:
        return replace(facts, engine=str(lost))
    envs = await environments(site, settings, there.containers)
    asked = [inspect(settings, one.id) for one in there.containers]
    asked += [last_lines(settings, one.id, LINES) for one in there.containers]
    answers = await site.run_all(*asked) if asked else []
    count = len(there.containers)
    inspected = [_bare(answer.out) if answer.ok else {} for answer in answers[:count]]
    logs = [_lines(answer.out) if answer.ok else () for answer in answers[count:]]
    instances = {one.id: one for one in there.instances(settings.once)}
    parts = tuple(
        _part(one, instances[one.id], told, last, there)
        for one, told, last in zip(there.containers, inspected, logs, strict=True)
    )
    known = replace(facts, parts=parts, expected=wanted)
    return replace(
        known,
        logins=tuple(_logins(known, envs, inspected)),
        leftovers=tuple(one.name.lstrip("/") for one in there.containers if one.leftover),
    )


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


def _logins(facts: Facts, envs: Sequence[Env], inspected: Sequence[Mapping[str, Json]]) -> list[Login]:
    kinds = {part.service: kind for kind in ("database", "nats") for part in servers(facts, kind)}
    found = list[Login]()
    for part, env, told in zip(facts.parts, envs, inspected, strict=True):
        args = told.get("Args")
        words = [str(word) for word in args] if isinstance(args, list) else []
        found += logins(part.service, env, words, kinds.get(part.service, ""))
    return list(dict.fromkeys(found))


async def of_services(site: Site, facts: Facts) -> Facts:
    """Raises Unreachable."""
    services = services_of(site)
    parts = list[Part]()
    for one in await services.instances(site):
        try:
            lines = (await services.log(site, one.service, None)).lines[-LINES:]
        except LookupError:
            lines = ()
        parts.append(
            Part(
                one.service,
                one.service,
                one.running,
                "running" if one.running else "stopped",
                one.health,
                one.restarts,
                one.age,
                one.exit_code,
                one.oom_killed,
                one.once,
                last=tuple(line[:LONGEST] for line in lines),
            )
        )
    return replace(facts, parts=tuple(parts), expected=tuple(await services.expected(site)))


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
    ports = json.dumps(bindings)

    return tuple(sorted({int(port) for port in re.findall(r'"HostPort": "(\d+)"', ports)}))


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
