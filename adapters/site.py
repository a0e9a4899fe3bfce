"""Where a flow acts: a directory on a host, the adapters' settings, and the gateway of every effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from titan_flow.adapters.batching import Batcher
from titan_flow.adapters.effects import Command, CommandResult
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.moment import Moment
from titan_flow.adapters.redaction import Redactor, current
from titan_flow.adapters.settings import Settings
from titan_flow.adapters.transport.base import Host
from titan_flow.adapters.transport.read import OUT, read

S = TypeVar("S", bound=Settings)
K = TypeVar("K")


def _nobody(_: type) -> None:
    """No adapter offers anything."""


LEAST_PAUSE = 0.05
"""seconds between two looks at least: one change rarely comes alone"""


@dataclass
class Site:
    """What a check or action is handed. `blocks` are the spec's top-level adapter blocks, by name."""

    host: Host
    directory: str
    blocks: Mapping[str, Settings] = field(default_factory=dict[str, Settings])
    gateway: Gateway = field(default_factory=Gateway)
    redactor: Redactor = field(default_factory=current)
    """what masks this site's secrets wherever output is kept or shown; adapters only teach it"""
    offers: Callable[[type], Callable[[Site], object] | None] = _nobody
    """finds what an adapter of this flow offers, by protocol (`Services`)"""
    most: int = OUT
    """bytes kept of what one reading command puts out"""
    moment: Moment = field(default_factory=Moment)
    """shares answers while a plan is made"""
    changes: int = 0
    """how often something on the host was seen to change"""
    _change: asyncio.Event = field(default_factory=lambda: asyncio.Event())
    _watchers: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    _looks: Batcher[tuple[Command, ...], list[CommandResult]] = field(init=False)
    _kept: dict[type, object] = field(default_factory=dict[type, object])
    _closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list[Callable[[], Awaitable[None]]])

    def __post_init__(self) -> None:
        self._looks = Batcher(self._read)

    async def run(self, command: Command) -> CommandResult:
        """Runs one reading command on the host. Raises Unreachable."""
        return (await self.run_all(command))[0]

    async def run_all(self, *commands: Command) -> list[CommandResult]:
        """Several reading commands in one round trip, each with its own status and output. Raises Unreachable.

        Asked in the same moment by several checks, they run once.
        """
        return await self._looks.ask(commands)

    def excerpt(self, text: str, longest: int) -> str:
        """The beginning of a text, as evidence. Masked before it is cut: nothing recognises half a secret."""
        kept = self.redactor(text).strip()
        return kept if len(kept) <= longest else kept[: longest - 1] + "…"

    async def _read(self, asked: Sequence[tuple[Command, ...]]) -> list[list[CommandResult] | BaseException]:
        return await asyncio.gather(*map(self._read_one, asked), return_exceptions=True)

    async def _read_one(self, commands: tuple[Command, ...]) -> list[CommandResult]:
        about = "; ".join(" ".join(command.argv[:3]) for command in commands)
        return await self.gateway.do("look", about, lambda: read(self.host, self.directory, commands, self.most))

    def block(self, kind: type[S]) -> S:
        """The spec's block of that kind. Raises LookupError where the spec has none."""
        found = self.blocks.get(kind.block)
        if not isinstance(found, kind):
            raise LookupError(f"the spec has no `{kind.block}:` block")
        return found

    def guard(self) -> Guard:
        """The guard of this environment, over the same host and gateway; nothing is asked of it yet."""
        return Guard(self.host, self.directory, self.gateway)

    def kept(self, kind: type[K], make: Callable[[], K]) -> K:
        """The site's one thing of that kind, made when it is first asked for: what an adapter's checks share."""
        found = self._kept.get(kind)
        if not isinstance(found, kind):
            self._kept[kind] = found = make()
        return found

    def offered(self, kind: type[K]) -> K | None:
        """What an adapter of this flow offers by that protocol, made once; None where none does."""
        if kind not in self._kept and (make := self.offers(kind)) is not None:
            self._kept[kind] = make(self)
        return cast("K | None", self._kept.get(kind))

    def on_close(self, close: Callable[[], Awaitable[None]]) -> None:
        """What an adapter keeps open is closed with the site, newest first, before the host's own connection."""
        self._closing.append(close)

    def on_wait(self, start: Callable[[], None]) -> None:
        """`start` is called when somebody first waits for a change: it has `changed` called as soon as there is one."""
        self._watchers.append(start)

    def changed(self) -> None:
        """Something on the host is not as it was: who waits for it looks again at once."""
        self.changes += 1
        self._change.set()

    async def pause(self, seconds: float, since: int) -> None:
        """Waits for `seconds`; less where the host has changed since `changes` was `since`. A net below any watcher."""
        while self._watchers:
            self._watchers.pop()()
        least = min(seconds, LEAST_PAUSE)
        await self.gateway.sleep(least)
        if self.changes != since or seconds <= least:
            return
        self._change.clear()
        waking = asyncio.create_task(self._change.wait())
        sleeping = asyncio.create_task(self.gateway.sleep(seconds - least))
        try:
            await asyncio.wait((waking, sleeping), return_when=asyncio.FIRST_COMPLETED)
            if sleeping.done():
                sleeping.result()
        finally:
            waking.cancel()
            sleeping.cancel()

    async def close(self) -> None:
        while self._closing:
            await self._closing.pop()()
        await self.host.close()
