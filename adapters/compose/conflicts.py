"""What on the host makes an `up` fail: taken names and ports, missing networks and volumes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from titan_flow.adapters.compose.claims import Claims, Port, address, read_listening
from titan_flow.adapters.compose.models import UNREADABLE, Text
from titan_flow.adapters.compose.rendering import Rendered
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import Facts, ask, error_text
from titan_flow.adapters.docker.inspected import inspected
from titan_flow.adapters.effects import Command
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.numerals import is_count
from titan_flow.adapters.site import Site

_HOLDER = (
    '{"id":{{json .ID}},"name":{{json .Name}},"running":{{json .State.Running}},'
    '"ports":{{json .NetworkSettings.Ports}},'
    '"project":{{json (index .Config.Labels "com.docker.compose.project")}},'
    '"service":{{json (index .Config.Labels "com.docker.compose.service")}}}'
)
# A missing one and an engine that is away end with the same status.
_MISSING = """
docker version --format '{{.Server.Version}}' >/dev/null || exit
for name; do docker "${name%%/*}" inspect "${name#*/}" >/dev/null 2>&1 || printf '%s\\n' "$name"; done
"""
_LISTENING = 'cd /proc/net && for kind in tcp tcp6 udp udp6; do sed "s/^/$kind /" $kind 2>/dev/null; done; exit 0'


class _Binding(BaseModel):
    HostIp: str = ""
    HostPort: str = ""


class Holder(BaseModel):
    """Any container of the host."""

    id: str
    name: str
    running: bool
    ports: dict[str, list[_Binding] | None] | None
    project: Text
    service: Text

    @property
    def published(self) -> list[Port]:
        pairs = [(inside, one) for inside, bindings in (self.ports or {}).items() for one in bindings or ()]
        return [
            Port(address(one.HostIp), int(one.HostPort), inside.partition("/")[2] or "tcp")
            for inside, one in pairs
            if is_count(one.HostPort)
        ]


@dataclass(frozen=True)
class Conflict:
    """One thing that makes an `up` fail, and what to do about it."""

    says: str
    remedy: str
    service: str = ""


async def conflicts(
    site: Site, settings: Compose, found: Facts, removed: Collection[str], only: Collection[str] = ()
) -> list[Conflict]:
    """What is in the way of an `up`. `removed`: ids of containers that go first. `only` these services, where named.

    Raises Unreachable.
    """
    claimed, rendered, there = found.claims or Claims(), found.rendered, found.project
    external = [settings.does("sh", "-c", _MISSING, "sh", *claimed.external)] if claimed.external else []
    holders, listening, *missing = await ask(
        site, settings.does(*inspected(_HOLDER, stopped=True)), Command(("sh", "-c", _LISTENING)), *external
    )
    for answer in (holders, *missing):
        if not answer.ok:
            raise Unreachable(f"docker on {site.host.name}: {error_text(site, answer)}")
    try:
        others = [Holder.model_validate_json(line) for line in holders.out.splitlines() if line.strip()]
    except ValidationError:
        raise Unreachable(f"docker on {site.host.name}: {UNREADABLE}") from None
    mine = {one.id for one in there.containers if one.service in rendered.services} | {*removed}
    others = [one for one in others if one.id not in mine]
    own = [one for one in there.containers if one.id in mine]
    # Another engine's ports are not this host's.
    heard = [] if settings.context else read_listening(listening.out)
    blocked = [
        *_absent(settings, (line for answer in missing for line in answer.out.splitlines())),
        *_names(claimed, rendered, {one.service for one in own}, others),
        *_ports(claimed, others, heard, {one.service for one in own if one.running}),
    ]
    return [one for one in blocked if not only or one.service in ("", *only)]


def _absent(settings: Compose, lines: Iterable[str]) -> Iterator[Conflict]:
    for line in lines:
        kind, _, name = line.partition("/")
        yield Conflict(
            f"the external {kind} {name} does not exist",
            f"on the host: {settings.typed(kind, 'create', name)}; or fix its name",
        )


def _names(claimed: Claims, rendered: Rendered, own: Collection[str], others: Sequence[Holder]) -> Iterator[Conflict]:
    held = {one.name.lstrip("/"): one for one in others}
    for service, known in rendered.services.items():
        standard = [f"{rendered.project}-{service}-{n}" for n in range(1, known.replicas + 1)]
        wanted = [claimed.names[service]] if service in claimed.names else [] if service in own else standard
        for name in wanted if known.replicas else ():
            if (holder := held.get(name)) is not None:
                yield Conflict(
                    f"{service}: the name {name} belongs to another container{_of(holder)}",
                    f"look at it (docker inspect {name}); then rename or remove it, or change `container_name:`",
                    service,
                )


def _ports(
    claimed: Claims, others: Sequence[Holder], heard: Sequence[Port], running: Collection[str]
) -> Iterator[Conflict]:
    for service, ports in claimed.ports.items():
        for port in ports:
            holder = next((one for one in others if one.running and any(port.meets(p) for p in one.published)), None)
            if holder is not None:
                yield Conflict(
                    f"{service}: port {port} is taken by container {holder.name.lstrip('/')}{_of(holder)}",
                    "stop that container, or publish another port",
                    service,
                )
            elif service not in running and any(port.meets(one) for one in heard):
                yield Conflict(
                    f"{service}: port {port} is in use by a program on the host",
                    f"on the host: sudo ss -lnp 'sport = :{port.number}'; stop that program, or publish another port",
                    service,
                )


def _of(holder: Holder) -> str:
    return f" (project {holder.project})" if holder.project else ""
