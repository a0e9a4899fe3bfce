"""Judges what runs: is it all up, and is it exactly this? Pure, and the same whoever runs the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from titan_flow.adapters.services.protocol import Instance
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation

YOUNG = 30.0
"""seconds that an instance which has restarted must have run before it counts as up"""
LOOP = 5
"""restarts after which an instance that ends again is not waited for: docker makes so many in three seconds and more,
in which what it needs (a database that starts beside it) may have come up"""


def all_healthy(expected: Mapping[str, int | None], instances: Sequence[Instance], since: Json = None) -> Observation:
    """Every expected service runs in its number, healthy where it has a check, not restarted or replaced since then.

    A fault that waiting does not change is a final no (`hopeless`). The baseline is what ran:
    `{instance id: [restarts, started]}` per service.
    """
    faults = {name: why for name, count in expected.items() if (why := _service_fault(name, count, instances))}
    for service in expected:
        moved = _moved(service, [one for one in instances if one.service == service], since)
        if moved and service not in faults:
            faults[service] = moved[0]
    faults |= {one.service: fault for one in instances if one.once and (fault := _fault(one))}
    evidence: dict[str, Json] = {one.id[:12]: _seen(one) for one in instances}
    mark: dict[str, Json] = {}
    for one in instances:
        entry = mark.setdefault(one.service, {})
        if isinstance(entry, dict):
            entry[one.id] = [one.restarts, one.started]
    if faults:
        says = "; ".join(f"{name} {fault}" for name, fault in faults.items())
        final = any(hopeless(one) for one in instances if one.service in faults)
        return Observation(Answer.NO, says, evidence, mark, final=final, down=(*faults,))
    count = len({one.service for one in instances if one.running})
    return Observation(Answer.YES, f"{count} services run", evidence, mark, down=())


def runs(images: Mapping[str, Image], instances: Sequence[Instance], expected: Mapping[str, int | None]) -> Observation:
    """Every service of the release runs, well and in its number, each instance made from exactly the recorded image.

    A one-off service counts when it has ended with exit 0.
    """
    wrong: list[str] = []
    evidence: dict[str, Json] = {}
    for service, image in images.items():
        there = sorted({one.image for one in instances if one.service == service and (one.running or one.once)})
        evidence[service] = {"recorded": image.id, "runs": [*there]}
        if there != [image.id]:
            what = ", ".join(short(id) for id in there) or "nothing"
            wrong.append(f"{service} runs {what}, not {short(image.id)}")
        elif why := _service_fault(service, expected.get(service), instances):
            wrong.append(f"{service} {why}")
    if wrong:
        final = any(hopeless(one) for one in instances if one.service in images and one.image == images[one.service].id)
        return Observation(Answer.NO, "; ".join(wrong), evidence, final=final)
    return Observation(Answer.YES, f"{len(images)} services run the recorded images", evidence)


def hopeless(one: Instance) -> bool:
    """Whether waiting cannot make it well: then nobody waits for the rest of `within`.

    Its health check has used up its own retries, it was killed for want of memory, nothing starts it again, or it has
    ended each time that it was started.
    """
    if one.running:
        return one.health == "unhealthy"
    return bool(one.exit_code) and (one.once or one.oom_killed or not one.revives or one.restarts >= LOOP)


def short(id: str) -> str:
    """What people compare ids by."""
    return id.removeprefix("sha256:")[:12]


def _service_fault(service: str, count: int | None, instances: Sequence[Instance]) -> str | None:
    """What is wrong with the service now; `count` None: any number of instances will do."""
    mine = [one for one in instances if one.service == service]
    if not mine:
        return "has no instance"
    if why := next((fault for one in mine if (fault := _fault(one))), None):
        return why
    return f"has {len(mine)} of {count} instances" if count is not None and len(mine) != count else None


def _fault(one: Instance) -> str | None:
    if one.once and one.running:
        return "has not ended yet; if it should stay up, remove it from `once:`"
    if one.once and one.exit_code == 0:
        return None
    if not one.running:
        return ended(one.once, one.exit_code, one.oom_killed)
    if one.health in ("unhealthy", "starting"):
        return f"is {one.health}"
    if one.detached:
        return one.detached
    if one.restarts and one.age is not None and one.age < YOUNG:
        return f"restarted {one.restarts} times, last {one.age:.0f} s ago"
    return None


def ended(once: bool, exit_code: int | None, oom_killed: bool = False) -> str:
    """Why a service that does not run is wrong."""
    if exit_code is None:
        return "does not run"
    if not once and exit_code == 0:
        return "does not run (exit 0); if it is a one-off service, add it to `once:`"
    killed = ", killed because memory ran out" if oom_killed else ""
    return f"{'failed' if once else 'does not run'} (exit {exit_code}{killed})"


def _moved(service: str, mine: Sequence[Instance], since: Json) -> list[str]:
    before = since.get(service) if isinstance(since, dict) else None
    if not isinstance(before, dict) or not before:
        return []
    faults = [fault for one in mine if (fault := _again(one, before.get(one.id)))]
    return faults or ["was replaced" for one in mine if one.id not in before]


def _again(one: Instance, before: Json) -> str:
    """Restarted in place: by its restart policy, or by hand, which Docker does not count as a restart."""
    restarts, started = before if isinstance(before, list) and len(before) == 2 else (before, None)
    if isinstance(restarts, int) and one.restarts > restarts:
        return f"restarted ({restarts} → {one.restarts} times)"
    return f"was started again ({started} → {one.started})" if started not in (None, one.started) else ""


def _seen(one: Instance) -> Json:
    return {
        "service": one.service,
        "image": one.image,
        "running": one.running,
        "health": one.health,
        "restarts": one.restarts,
        "started": one.started,
        "exit_code": one.exit_code,
        "oom_killed": one.oom_killed,
    }
