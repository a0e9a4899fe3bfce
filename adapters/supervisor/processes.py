"""What the program on the host answers, taken apart and judged. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from titan_flow.adapters.services.health import all_healthy, short
from titan_flow.adapters.services.protocol import Health, Instance
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation

ALIVE = ("STARTING", "RUNNING", "BACKOFF")
"""states in which supervisord keeps a process up, or tries to"""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class Process(_Told):
    """One process, as supervisord and /proc tell it. `state`: http://supervisord.org/subprocess.html#process-states"""

    service: str
    name: str
    state: str
    pid: int
    ticks: int
    image: str
    start: int
    age: int
    exit: int
    why: str

    @property
    def instance(self) -> Instance:
        """BACKOFF and EXITED count as restarted: such a process may come back by itself."""
        running = self.pid != 0 and self.state in ("STARTING", "RUNNING", "STOPPING")
        health: Health = "starting" if self.state == "STARTING" else "none"
        return Instance(
            service=self.service,
            id=f"{self.pid}.{self.ticks}" if self.pid else f"{self.name}, no process",
            image=self.image,
            digest=None,
            running=running,
            health=health,
            restarts=int(self.state in ("BACKOFF", "EXITED")),
            started=str(self.start),
            exit_code=self.exit if self.state == "EXITED" else None,
            age=float(self.age),
        )


class Pending(_Told):
    """What an update would change, as names of groups; or why the configuration cannot be read."""

    added: list[str] = []
    changed: list[str] = []
    removed: list[str] = []
    fault: str = ""


class Seen(_Told):
    """`configured`: what the configuration names for each service; `rendered`: the sha256 of their part of it."""

    processes: list[Process]
    pending: Pending | None
    configured: dict[str, list[str]]
    rendered: str

    @property
    def instances(self) -> list[Instance]:
        return [process.instance for process in self.processes]

    @property
    def ids(self) -> dict[str, Json]:
        """What runs now, by service: the mark that says later what was replaced."""
        return {
            service: [one.instance.id for one in self.processes if one.service == service]
            for service in self.configured
        }


def runs(services: Sequence[str], seen: Seen, since: Json) -> Observation:
    """All of it runs. *Final* where supervisord has given a process up: it does not come back by itself."""
    judged = all_healthy(dict.fromkeys(services), seen.instances, since)
    lost = [one for one in seen.processes if one.state == "FATAL" and one.service in services]
    if not lost:
        return judged
    reasons = "; ".join(f"{one.service} does not run: supervisord gave it up ({one.why})" for one in lost)
    return replace(judged, answer=Answer.NO, says=reasons, final=True)


def brought_up(services: Sequence[str], images: Mapping[str, Image] | None, seen: Seen, since: Json) -> Observation:
    """Every service is kept up as the configuration says now, and that is what `images` asks for."""
    before: Json = since if since is not None else seen.ids
    todo = {service: why for service in services if (why := _todo(service, images, seen))}
    evidence: dict[str, Json] = {
        "images": {one.service: one.image for one in seen.processes if one.service in services},
        "pending": {**todo},
    }
    if seen.pending is not None and seen.pending.fault:
        return Observation(Answer.NO, f"supervisord: {seen.pending.fault}", evidence, before)
    if todo:
        answer = Answer.NO if len(todo) == len(services) else Answer.PARTLY
        says = "; ".join(f"{service} {why}" for service, why in todo.items())
        running = {one.service for one in seen.processes if one.state in ALIVE}
        return Observation(answer, says, evidence, before, down=tuple(name for name in todo if name in running))
    return _arrived(services, seen, before, evidence)


def _arrived(services: Sequence[str], seen: Seen, before: Json, evidence: Mapping[str, Json]) -> Observation:
    was = before if isinstance(before, dict) else {}
    replaced = [service for service in services if was.get(service) != seen.ids.get(service)]
    kept = [service for service in services if service not in replaced]
    says = "; ".join(
        f"{', '.join(names)} {word}" for names, word in ((replaced, "replaced"), (kept, "as before")) if names
    )
    images: Json = {one.service: {"id": one.image, "digest": None} for one in seen.processes}
    outputs: dict[str, Json] = {"images": images, "replaced": [*replaced]}
    return Observation(Answer.YES, says, {**evidence, "replaced": [*replaced]}, before, outputs)


def _todo(service: str, images: Mapping[str, Image] | None, seen: Seen) -> str:
    """What an update has to do for it; nothing where it is as it should be."""
    named, group = seen.configured.get(service, []), service.partition(":")[0]
    if not named:
        return "is not in the configuration"
    wanted = images.get(service) if images is not None else None
    if wanted is not None and set(named) != {wanted.id}:
        return f"is configured to run {', '.join(short(id) for id in named)}, not {short(wanted.id)}"
    if seen.pending is not None and group in (*seen.pending.added, *seen.pending.changed):
        return "is to be replaced"
    mine = [one for one in seen.processes if one.service == service]
    down = [one for one in mine if one.state not in ALIVE]
    if down or not mine:
        return f"is {down[0].state}" if down else "has no process"
    if wanted is not None and any(one.pid and one.image != wanted.id for one in mine):
        return f"does not run {short(wanted.id)} yet"
    return ""
