"""Finds an adapter by its noun: ours by module name, others by the entry point group `titan_flow.adapters`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from titan_flow.adapters.base import Adapter, Check, Value
from titan_flow.adapters.settings import Settings

GROUP = "titan_flow.adapters"
OURS = {
    "backup": "titan_flow.adapters.backup:adapter",
    "command": "titan_flow.adapters.command:adapter",
    "compose": "titan_flow.adapters.compose.adapter:adapter",
    "database": "titan_flow.adapters.database.adapter:adapter",
    "docker": "titan_flow.adapters.docker.adapter:adapter",
    "file": "titan_flow.adapters.file:adapter",
    "firewall": "titan_flow.adapters.firewall.adapter:adapter",
    "git": "titan_flow.adapters.git.adapter:adapter",
    "github": "titan_flow.adapters.github.adapter:adapter",
    "host": "titan_flow.adapters.host.adapter:adapter",
    "http": "titan_flow.adapters.http.adapter:adapter",
    "interlock": "titan_flow.adapters.interlock.adapter:adapter",
    "logs": "titan_flow.adapters.logs:adapter",
    "nats": "titan_flow.adapters.nats.adapter:adapter",
    "policy": "titan_flow.adapters.policy:adapter",
    "ports": "titan_flow.adapters.ports:adapter",
    "release": "titan_flow.adapters.release:adapter",
    "ssh": "titan_flow.adapters.ssh:adapter",
    "supervisor": "titan_flow.adapters.supervisor.adapter:adapter",
}
"""noun -> module:attribute, as an entry point names it; a module is loaded when a spec uses its noun"""


@cache
def nouns() -> tuple[str, ...]:
    """Every adapter there is, ours first. Loads none of them, but asks the installation: 20 ms."""

    return (*OURS, *sorted(point.name for point in entry_points(group=GROUP) if point.name not in OURS))


def known(noun: str) -> bool:
    """Whether there is an adapter of that name. The installation is asked only for what is not ours."""
    return noun in OURS or noun in nouns()


@cache
def adapter(noun: str) -> Adapter:
    """Raises LookupError where there is none of that name, TypeError where an entry point offers something else."""
    if noun in OURS:
        module, _, attribute = OURS[noun].partition(":")
        found: object = getattr(import_module(module), attribute)
    else:
        points = entry_points(group=GROUP, name=noun)
        if not points:
            raise LookupError(noun)
        found = next(iter(points)).load()
    if not isinstance(found, Adapter) or found.noun != noun:
        raise TypeError(f"the entry point {noun!r} of {GROUP} is not an adapter of that name")
    return found


def check(use: str) -> type[Check]:
    """The check or action of that name (`git.reset_to`). Raises LookupError."""
    for offered in adapter(use.partition(".")[0]).checks:
        if offered.name == use:
            return offered
    raise LookupError(use)


def value(use: str) -> type[Value]:
    """The value of that name (`git.tip`). Raises LookupError."""
    for offered in adapter(use.partition(".")[0]).values:
        if offered.name == use:
            return offered
    raise LookupError(use)


def settings(block: str) -> type[Settings] | None:
    """The model of an adapter's top-level block; None where that adapter has none. Raises LookupError."""
    return adapter(block).settings
