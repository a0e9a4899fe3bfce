"""What an update would do to each program once another commit lies in the checkout. Reads only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from titan_flow.adapters.effects import Command, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git.argv import QUIET
from titan_flow.adapters.git.fetch import here
from titan_flow.adapters.preview import Change, PendingChanges, Preview
from titan_flow.adapters.site import Site
from titan_flow.adapters.supervisor import remote_config
from titan_flow.adapters.supervisor.processes import ALIVE, Seen, brought_up
from titan_flow.adapters.supervisor.settings import SupervisorSettings
from titan_flow.states.release import Image
from titan_flow.states.values import Json, Observation


class Brought(Protocol):
    """The action that is foreseen."""

    @property
    def images(self) -> dict[str, Image] | None: ...

    def act(self, site: Site, seen: Observation) -> Job: ...


class Target(BaseModel):
    """A service's part of the configuration at another commit."""

    model_config = ConfigDict(frozen=True, strict=True)
    changes: bool
    images: list[str]


TARGETS: TypeAdapter[dict[str, Target]] = TypeAdapter(dict[str, Target])


async def foresee(up: Brought, site: Site, ahead: PendingChanges, seen: Seen) -> Preview:
    """Raises Unreachable, also where supervisord's configuration cannot be followed to the checkout."""
    settings = site.block(SupervisorSettings)
    told = await _target(site, settings, ahead.commit) if ahead.commit is not None else _now(settings, seen)
    services = {service: _fate(service, told.get(service), seen) for service in settings.services}
    acts = any(change.fate != "kept" for change in services.values())
    says = "; ".join(f"{name} {change.why}" for name, change in services.items() if change.why)
    outputs: dict[str, Json] = {
        "images": {name: (change.to or change.was or Image(id="")).model_dump() for name, change in services.items()},
        "replaced": [name for name, change in services.items() if change.fate != "kept"],
    }
    looked = brought_up(settings.services, up.images, seen, None)
    act = up.act(site, looked) if acts else None
    return Preview(acts, says or looked.says, act, outputs, services=services)


def _fate(service: str, told: Target | None, seen: Seen) -> Change:
    mine = [one for one in seen.processes if one.service == service]
    was = Image(id=mine[0].image) if mine else None
    if told is None or not told.images:
        return Change("removed" if mine else "kept", "is not in the configuration", was)
    to = Image(id=told.images[0])
    if told.changes:
        return Change("recreated" if mine else "starts", "is configured otherwise", was, to)
    if not mine or any(one.state not in ALIVE for one in mine):
        return Change("starts", f"is {mine[0].state}" if mine else "has no process", was, to)
    return Change("kept", "", was)


def _now(settings: SupervisorSettings, seen: Seen) -> dict[str, Target]:
    """By what supervisord itself says of its files, as they lie there."""
    changed = {*seen.pending.added, *seen.pending.changed} if seen.pending is not None else set[str]()
    return {
        service: Target(changes=service.partition(":")[0] in changed, images=seen.configured.get(service, []))
        for service in settings.services
    }


def _asking(settings: SupervisorSettings, commit: str) -> Command:
    asked = json.dumps({"socket": settings.socket, "services": [*settings.services], "commit": commit})
    source = Path(remote_config.__file__).read_text(encoding="utf-8")
    return Command((settings.python, "-I", "-S", "-", asked), env=QUIET, stdin=source)


async def _target(site: Site, settings: SupervisorSettings, commit: str) -> dict[str, Target]:
    if not await here(site, commit):
        raise Unreachable(f"{site.host.name}: what would restart: commit {commit[:7]} is not there, nor on origin")
    done = await site.run(_asking(settings, commit))
    if not done.ok:
        raise Unreachable(f"{site.host.name}: what would restart: {done.reason() or f'exit {done.status}'}")
    try:
        return TARGETS.validate_json(done.out)
    except ValidationError as wrong:
        raise Unreachable(f"{site.host.name}: the answer makes no sense: {wrong.errors()[0]['msg']}") from None
