"""Finds an adapter by its noun: ours by module name, others by the entry point group `titan_flow.adapters`."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from titan_flow.adapters.base import Adapter, Check, Settings, Value

GROUP = "titan_flow.adapters"
OURS = (
    "backup",
    "command",
    "compose",
    "database",
    "docker",
    "file",
    "firewall",
    "git",
    "github",
    "host",
    "http",
    "interlock",
    "logs",
    "nats",
    "policy",
    "ports",
    "release",
    "ssh",
    "supervisor",
)


@cache
def nouns() -> tuple[str, ...]:
    """Every adapter there is, ours first. Loads none of them, but asks the installation: 20 ms."""
    from importlib.metadata import entry_points

    return (*OURS, *sorted(point.name for point in entry_points(group=GROUP) if point.name not in OURS))


def known(noun: str) -> bool:
    """Whether there is an adapter of that name. The installation is asked only for what is not ours."""
    return noun in OURS or noun in nouns()


@cache
def adapter(noun: str) -> Adapter:
    """Raises LookupError where there is none of that name, TypeError where an entry point offers something else."""
    if noun in OURS:
        found: object = import_module(f"titan_flow.adapters.{noun}").adapter
    else:
        from importlib.metadata import entry_points

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
