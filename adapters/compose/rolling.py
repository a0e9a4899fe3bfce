"""How services that are declared stateless are replaced without interruption. Pure.

New containers start beside the old ones. Once they are healthy, the old ones are drained, stopped and removed. Compose
takes no part in the second half: it removes what is obsolete at once, healthy successors or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose.models import Container
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts
from titan_flow.adapters.compose.up_plan import Plan, Roll, settled
from titan_flow.adapters.effects import Command, CommandResult

DRAINING = "-draining"
"""ends the name of a container that was told to drain: it never serves again"""
FINAL = 97
"""ends a part of the job where another attempt cannot help"""
_SCRIPT = Path(__file__).with_name("remote_roll.sh").read_text()


def obstacles(found: Facts, stateless: Iterable[str], interlocked: Collection[str] = ()) -> dict[str, str]:
    """Service -> why it cannot be replaced without interruption, in words. `interlocked`: those that can be armed."""
    alone = "can be armed (`interlock:`), so only one of it may run"
    why = {
        name: alone if name in interlocked else _obstacle(found, name)
        for name in stateless
        if name in found.rendered.services
    }
    return {name: says for name, says in why.items() if says}


def draining(found: Facts) -> dict[str, str]:
    """Id -> in words, of each that was told to drain and is still there.

    A container that its file calls so was not told anything.
    """
    named = {one.fixed_name for one in found.rendered.services.values()}
    told = (one for one in found.project.containers if one.name.endswith(DRAINING))
    return {one.id: "was told to drain" for one in told if one.name.lstrip("/") not in named}


def rolls(
    found: Facts,
    ids: Mapping[str, str | None],
    stale: Mapping[str, str],
    rolled: Collection[str],
    due: Collection[str],
) -> list[Roll]:
    """What has to be replaced, in the order of dependencies.

    `rolled`: the services that may be; `stale`: id of a container -> why it has to go; `due`: all that changes.
    """
    found_rolls = [_roll(found, name, ids[name], stale) for name in ordered(found.rendered) if name in rolled]
    made = [one for one in found_rolls if one is not None]
    names, done = {one.service for one in made}, set[str]()
    for one in made:
        needed = needed_by(found.rendered, one.service)
        led = {name for name, each in found.rendered.services.items() if each.follows & needed & {*due}} - {*due}
        before = ((needed & {*due}) | led) - names - done
        one.before = [name for name in ordered(found.rendered) if name in before]
        done |= before
    return made


def needed_by(rendered: Rendered, service: str) -> set[str]:
    """The services that it needs, and that those need."""
    found, new = set[str](), {service}
    while new:
        new = {name for one in new for name in rendered.services[one].needs if name in rendered.services} - found
        found |= new
    return found


def ordered(rendered: Rendered) -> list[str]:
    """Every service behind those that it needs."""
    depth = {name: len(needed_by(rendered, name)) for name in rendered.services}
    return sorted(rendered.services, key=lambda name: depth[name])


def _roll(found: Facts, service: str, id: str | None, stale: Mapping[str, str]) -> Roll | None:
    """None where nothing of it serves, or nothing of it changes: then a plain `up` does what there is to do."""
    wanted = found.rendered.services[service]
    there = [one for one in found.project.of(service) if not one.leftover]
    fresh = [one for one in there if settled(found.rendered, service, id, one) and one.id not in stale]
    old = [one for one in there if one.running and one not in fresh]
    good = [one for one in fresh if one.running and one.health != "unhealthy"]
    if not old or not wanted.replicas:
        return None
    idle = [one for one in there if one not in old and one not in good]
    return Roll(
        project=found.rendered.project,
        service=service,
        total=len(old) + max(len(good), wanted.replicas),
        old=_ids(old),
        idle=_ids(idle),
        needs={name: condition for name, condition in wanted.needs.items() if condition != "service_started"},
    )


def _ids(containers: Sequence[Container]) -> list[str]:
    return sorted(one.id for one in containers)


def _obstacle(found: Facts, name: str) -> str:
    rendered, wanted = found.rendered, found.rendered.services[name]
    shared = [other for other, one in rendered.services.items() if name in one.shares]
    led = [other for other, one in rendered.services.items() if name in one.follows]
    there = found.project.of(name)
    if wanted.single:
        return f"{wanted.single[0]}, which only one container can have"
    if wanted.once:
        return "ends by itself, so nothing of it serves"
    if shared:
        return f"lends its network or volumes to {', '.join(shared)}"
    if led:
        return f"takes {', '.join(led)} with it when it is replaced (`depends_on: {{restart: true}}`)"
    if wanted.checked is False or (wanted.checked is None and there and all(one.health is None for one in there)):
        return "has no health check, so nobody knows when a new container may take over"
    return ""


def job(settings: Compose, plan: Plan, pull: bool, strict: bool) -> Iterator[Command]:
    """One service after the other. `strict`: a container whose drain command fails is not stopped."""
    for one in plan.rolls:
        if again := [name for name in one.before if name in plan.anew]:
            yield commands.renew(settings, again, pull)
        if first := [name for name in one.before if name not in plan.anew]:
            yield commands.up(settings, first, pull, "--no-deps")
        if one.idle:
            yield commands.remove(settings, one.idle)
        if one.needs:
            needs = (word for pair in one.needs.items() for word in pair)
            yield _part(settings, f"waits for what {one.service} needs", "needs", one.project, *needs)
        beside = ("--no-deps", "--no-recreate", "--scale", f"{one.service}={one.total}")
        yield commands.up(settings, [one.service], pull, *beside)
        new = f"waits until the new containers of {one.service} are healthy"
        yield _part(settings, new, "healthy", one.project, one.service, *one.old)
        yield _drain(settings, one, strict)
        yield commands.remove(settings, one.old)


def final(done: CommandResult) -> str:
    """Why no further attempt can help, as the job's last words have it; empty where one may."""
    return done.err.strip().rpartition("\n")[2] if done.status == FINAL else ""


def _drain(settings: Compose, one: Roll, strict: bool) -> Command:
    how = settings.drain
    words = (f"{how.wait:g}", how.signal or "", "strict" if strict else "", str(len(one.old)), *one.old, *how.command)
    return _part(settings, f"drains the old containers of {one.service}", "drain", *words)


def _part(settings: Compose, about: str, *words: str) -> Command:
    """`about`: what a plan shows of it."""
    return settings.does("sh", "-c", f"# {about}\n{_SCRIPT}", "sh", *words, timeout=3600)
