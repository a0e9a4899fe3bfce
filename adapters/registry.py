"""Finds an adapter by its noun: ours by module name, others by the entry point group `titan_flow.adapters`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from importlib.metadata import entry_points

from titan_flow.adapters.base import Adapter, Check, Value
from titan_flow.adapters.settings import Settings
from titan_flow.adapters.site import Site

GROUP = "titan_flow.adapters"
ALWAYS = ("git",)
"""whose offers every flow has: `directory` is a checkout, whether a step names it or not"""
DISARM = "interlock.disarm"
"""our own disarm: the emergency disarm finds it in a damaged spec by its name, without loading any adapter"""
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


class Registry:
    """The adapters of one installation. Each is loaded when it is first asked for, and kept.

    `given` are adapters of the caller's own; they come before the `table` (noun -> module:attribute) and before the
    entry points of `group` ("": none).
    """

    def __init__(self, *given: Adapter, table: Mapping[str, str] = OURS, group: str = GROUP) -> None:
        self._loaded = {one.noun: one for one in given}
        self._table, self._group = table, group

    @cached_property
    def nouns(self) -> tuple[str, ...]:
        """Every adapter there is, ours first. Loads none of them, but asks the installation: 20 ms."""
        own = dict.fromkeys((*self._table, *self._loaded))
        points = entry_points(group=self._group) if self._group else ()
        return (*own, *sorted(point.name for point in points if point.name not in own))

    def known(self, noun: str) -> bool:
        """Whether there is an adapter of that name. The installation is asked only for what is not ours."""
        return noun in self._loaded or noun in self._table or noun in self.nouns

    def adapter(self, noun: str) -> Adapter:
        """Raises LookupError where there is none of that name, TypeError where what is offered is something else."""
        if noun not in self._loaded:
            self._loaded[noun] = self._load(noun)
        return self._loaded[noun]

    def loadable(self, nouns: Iterable[str]) -> Iterator[Adapter]:
        """Those of them that can be loaded: what is wrong with another is noted where its block or step is read."""
        for noun in nouns:
            with suppress(ImportError, LookupError, TypeError):
                yield self.adapter(noun)

    def check(self, use: str) -> type[Check]:
        """The check or action of that name (`git.reset_to`). Raises LookupError."""
        for offered in self.adapter(use.partition(".")[0]).checks:
            if offered.name == use:
                return offered
        raise LookupError(use)

    def value(self, use: str) -> type[Value]:
        """The value of that name (`git.tip`). Raises LookupError."""
        for offered in self.adapter(use.partition(".")[0]).values:
            if offered.name == use:
                return offered
        raise LookupError(use)

    def settings(self, block: str) -> type[Settings] | None:
        """The model of an adapter's top-level block; None where that adapter has none. Raises LookupError."""
        return self.adapter(block).settings

    def offer(self, kind: type, nouns: Iterable[str]) -> Callable[[Site], object] | None:
        """How the first of these adapters that offers something by that protocol makes it; None where none does."""
        both = (*nouns, *(noun for noun in ALWAYS if noun in self._table or noun in self._loaded))
        return next((made for noun in both if (made := self.adapter(noun).offers.get(kind)) is not None), None)

    def _load(self, noun: str) -> Adapter:
        if noun in self._table:
            module, _, attribute = self._table[noun].partition(":")
            found: object = getattr(import_module(module), attribute)
        else:
            points = entry_points(group=self._group, name=noun) if self._group else ()
            if not points:
                raise LookupError(noun)
            found = next(iter(points)).load()
        if not isinstance(found, Adapter) or found.noun != noun:
            raise TypeError(f"the entry point {noun!r} of {self._group} is not an adapter of that name")
        return found
