"""Gathers the facts: reading commands, all that fits in one moment at once; no lock, no journal, nothing changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from titan_flow.adapters.effects import Command, run
from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.git import argv as git
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.lookup import running_release
from titan_flow.adapters.site import Site
from titan_flow.states.model import Step
from titan_flow.states.release import Release, Releases
from titan_flow.states.values import Answer
from titan_flow.workflow.doctor.containers import of_compose, of_services
from titan_flow.workflow.doctor.facts import CheckAnswer, Disk, Facts
from titan_flow.workflow.specfile.bind import instance
from titan_flow.workflow.specfile.model import Spec

T = TypeVar("T")
LONGEST = 20.0
"""seconds that one question may take"""
_DISKS = """
for path in "$1" "$2"; do
  [ -d "$path" ] || continue
  stat -f -c '%S %b %a %c %d' -- "$path" && printf '%s\\n' "$path"
done
"""
_ROOT = "docker info --format '{{.DockerRootDir}}' 2>/dev/null || echo /var/lib/docker"
LOOKED_AT = ("http.ok", "nats.reachable")


async def gather(spec: Spec, site: Site) -> Facts:
    """Raises nothing: a host that does not answer is a fact, a question without an answer is named in `unknown`."""
    compose = "compose" in spec.blocks
    facts = Facts(
        spec.path,
        spec.target.ssh or "",
        spec.target.directory,
        sudo=bool(getattr(spec.blocks.get("compose"), "sudo", False)),
        compose=compose,
        context=getattr(spec.blocks.get("compose"), "context", None) or "",
    )
    try:
        (there,) = await site.run_all(run("test", "-d", "."))
    except Unreachable as lost:
        return replace(facts, unreachable=str(lost))
    if not there.ok:
        return replace(facts, unreachable=f"{spec.target.directory} is not there: {there.reason()}")
    return await _ask_all(spec, site, facts, compose)


async def _ask_all(spec: Spec, site: Site, facts: Facts, compose: bool) -> Facts:
    unknown = list[str]()

    async def ask(what: str, question: Callable[[], Awaitable[T]]) -> T | None:
        try:
            async with asyncio.timeout(LONGEST):
                return await question()
        except (Unreachable, Refused, LookupError, ValueError) as why:
            unknown.append(f"{what}: {why}")
        except TimeoutError:
            unknown.append(f"{what}: no answer within {LONGEST:g} s")
        return None

    guard = site.guard()
    async with asyncio.TaskGroup() as group:
        services = group.create_task(
            ask("the services", lambda: of_compose(site, facts) if compose else of_services(site, facts))
        )
        disks = group.create_task(ask("the disk", lambda: _disks(site, facts)))
        lock = group.create_task(ask("git", lambda: _lock(site)))
        holder = group.create_task(ask("the holder", guard.holder))
        recorded = group.create_task(ask("the releases", lambda: _recorded(guard)))
        running = group.create_task(ask("the release that runs", lambda: _running(site)))
        looks = [group.create_task(ask(step.use, partial(_look, step, site, spec.adapters))) for step in _checks(spec)]
    return replace(
        services.result() or facts,
        disks=disks.result() or (),
        lock=lock.result(),
        holder=holder.result(),
        recorded=recorded.result(),
        running=running.result(),
        looks=tuple(seen for look in looks if (seen := look.result()) is not None),
        unknown=tuple(unknown),
    )


def _in_context(facts: Facts, command: Command) -> Command:
    """Asked of the engine that the spec names."""
    return replace(command, env={"DOCKER_CONTEXT": facts.context}) if facts.context else command


async def _disks(site: Site, facts: Facts) -> tuple[Disk, ...]:
    root = await site.run(_in_context(facts, run("sh", "-c", _ROOT, sudo=facts.sudo))) if facts.compose else None
    done = await site.run(run("sh", "-c", _DISKS, "sh", ".", root.out.strip() if root else ".", sudo=facts.sudo))
    lines, found = done.out.splitlines(), dict[str, Disk]()
    for told, path in zip(lines[::2], lines[1::2], strict=False):
        block, size, free, inodes, inodes_free = (int(word) for word in told.split())
        found[path] = Disk(path, block * size, block * free, inodes, inodes_free)
    if not found:
        raise Unreachable(done.reason() or "no answer")
    return tuple(found.values())


async def _lock(site: Site) -> tuple[str, str] | None:
    lock = git.read_lock(await site.run(git.lock()))
    return (lock.says, lock.path) if lock else None


async def _recorded(guard: Guard) -> Release | None:
    return next(iter(Releases.read(await guard.marks()).verified), None)


async def _running(site: Site) -> Release:
    return await running_release(site)


def _checks(spec: Spec) -> list[Step]:
    """The spec's own checks that tell of connections, each once; those with `${…}` have no meaning outside a run."""
    found: dict[str, Step] = {}
    watches = [state.watch.checks for state in spec.flow.states.values() if state.watch is not None]
    steps = [step for edge in spec.flow.edges for step in edge.checks] + [step for some in watches for step in some]
    for step in steps:
        if step.use in LOOKED_AT and "${" not in str(step.args):
            found.setdefault(f"{step.use} {step.args}", step)
    return list(found.values())


async def _look(step: Step, site: Site, adapters: Registry) -> CheckAnswer:
    what = str(step.args.get("url") or step.use)
    try:
        seen = await instance(step.use, dict(step.args), adapters).look(site, None)
    except Unreachable as lost:
        return CheckAnswer(step.use, what, Answer.UNKNOWN, str(lost))
    status = seen.evidence.get("status")
    return CheckAnswer(step.use, what, seen.answer, seen.says, status if isinstance(status, int) else None)
