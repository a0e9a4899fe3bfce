"""Gathers the facts: reading commands, all that fits in one moment at once; no lock, no journal, nothing changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar, cast

from titan_flow.adapters.base import Adapter
from titan_flow.adapters.diagnosis import Details, Folder, Part, Server, ServiceDetails, Symptoms
from titan_flow.adapters.effects import run
from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.lookup import running_release, services_of
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.states.model import Step
from titan_flow.states.release import Release, Releases
from titan_flow.states.values import Answer
from titan_flow.workflow.doctor.credentials import logins
from titan_flow.workflow.doctor.facts import CheckAnswer, Disk, Facts, Login
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
LINES, LONGEST_LINE = 40, 300
"""log lines of a service, and characters of each"""


async def gather(spec: Spec, site: Site) -> Facts:
    """Raises nothing: a host that does not answer is a fact, a question without an answer is named in `unknown`."""
    known = site.offered(ServiceDetails)
    facts = Facts(spec.path, spec.target.ssh or "", spec.target.directory, known.by_hand if known else None)
    try:
        (there,) = await site.run_all(run("test", "-d", "."))
    except Unreachable as lost:
        return replace(facts, unreachable=str(lost))
    if not there.ok:
        return replace(facts, unreachable=f"{spec.target.directory} is not there: {there.reason()}")
    return await _ask_all(spec, site, facts, known)


async def _ask_all(spec: Spec, site: Site, facts: Facts, known: ServiceDetails | None) -> Facts:
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
    installed = list(_installed(spec.adapters, unknown))
    servers = tuple(_offered(installed, Server, site))
    finders = _offered(installed, Symptoms, site)
    async with asyncio.TaskGroup() as group:
        services = group.create_task(
            ask("the services", lambda: known.details(site) if known else details_of(services_of(site), site))
        )
        disks = group.create_task(ask("the disk", lambda: _disks(site, known)))
        symptoms = [group.create_task(ask(one.about, partial(one.symptoms, site))) for one in finders]
        holder = group.create_task(ask("the holder", guard.holder))
        recorded = group.create_task(ask("the releases", lambda: _recorded(guard)))
        running = group.create_task(ask("the release that runs", lambda: _running(site)))
        looks = [
            group.create_task(ask(step.use, partial(_look, step, site, spec.adapters)))
            for step in _connecting_checks(spec)
        ]
    details = services.result() or Details()
    return replace(
        facts,
        parts=details.parts,
        expected=details.expected,
        servers=servers,
        logins=tuple(dict.fromkeys(_logins(details, servers))),
        symptoms=(*details.symptoms, *(one for found in symptoms for one in found.result() or ())),
        disks=disks.result() or (),
        holder=holder.result(),
        recorded=recorded.result(),
        running=running.result(),
        looks=tuple(seen for look in looks if (seen := look.result()) is not None),
        unknown=tuple(unknown),
    )


def _installed(adapters: Registry, unknown: list[str]) -> Iterator[Adapter]:
    """Every adapter of this installation, whether the flow uses it or not."""
    for noun in adapters.nouns:
        try:
            yield adapters.adapter(noun)
        except Exception as why:  # the import of somebody else's module may raise anything
            unknown.append(f"the adapter {noun}: {why}")


def _offered(adapters: list[Adapter], kind: type[T], site: Site) -> list[T]:
    makers = (adapter.offers.get(kind) for adapter in adapters)
    return [cast("T", make(site)) for make in makers if make is not None]


def _logins(details: Details, servers: tuple[Server, ...]) -> Iterator[Login]:
    for part, started in zip(details.parts, details.started_with, strict=False):
        yield from logins(part, started, servers)


async def details_of(services: Services, site: Site) -> Details:
    """What any supervisor of services can say. Raises Unreachable."""
    parts = list[Part]()
    for one in await services.instances(site):
        try:
            lines = (await services.log(site, one.service, None)).lines[-LINES:]
        except LookupError:
            lines = ()
        parts.append(
            Part(
                service=one.service,
                name=one.service,
                running=one.running,
                status="running" if one.running else "stopped",
                health=one.health,
                restarts=one.restarts,
                age=one.age,
                exit_code=one.exit_code,
                oom_killed=one.oom_killed,
                once=one.once,
                last=tuple(line[:LONGEST_LINE] for line in lines),
            )
        )
    return Details(tuple(parts), tuple(await services.expected(site)))


async def _disks(site: Site, known: ServiceDetails | None) -> tuple[Disk, ...]:
    folder = await known.storage(site) if known else Folder(".")
    done = await site.run(run("sh", "-c", _DISKS, "sh", ".", folder.path, sudo=folder.sudo))
    lines, found = done.out.splitlines(), dict[str, Disk]()
    for told, path in zip(lines[::2], lines[1::2], strict=False):
        block, size, free, inodes, inodes_free = (int(word) for word in told.split())
        found[path] = Disk(path, block * size, block * free, inodes, inodes_free)
    if not found:
        raise Unreachable(done.reason() or "no answer")
    return tuple(found.values())


async def _recorded(guard: Guard) -> Release | None:
    return next(iter(Releases.read(await guard.marks()).verified), None)


async def _running(site: Site) -> Release:
    return await running_release(site)


def _connecting_checks(spec: Spec) -> list[Step]:
    """The spec's own checks that tell of connections, each once; those with `${…}` have no meaning outside a run."""
    found: dict[str, Step] = {}
    watches = [state.watch.checks for state in spec.flow.states.values() if state.watch is not None]
    steps = [step for edge in spec.flow.edges for step in edge.checks] + [step for some in watches for step in some]
    for step in steps:
        if spec.adapters.check(step.use).connects and "${" not in str(step.args):
            found.setdefault(f"{step.use} {step.args}", step)
    return list(found.values())


async def _look(step: Step, site: Site, adapters: Registry) -> CheckAnswer:
    what = str(step.args.get("url") or step.use)
    connects = adapters.check(step.use).connects
    try:
        seen = await instance(step.use, dict(step.args), adapters).look(site, None)
    except Unreachable as lost:
        return CheckAnswer(step.use, what, connects, Answer.UNKNOWN, str(lost))
    status, refused = seen.evidence.get("status"), seen.evidence.get("fault") == "refused"
    status = status if isinstance(status, int) else None
    return CheckAnswer(step.use, what, connects, seen.answer, seen.says, status, refused)
