"""What a run is performed with: the spec that it was started with, the site, the guard, and the epoch it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from titan_flow.adapters.base import Action, Check
from titan_flow.adapters.effects import Act, CommandResult, Job
from titan_flow.adapters.errors import DisarmedMeanwhile, Fenced, Locked, Refused, Unreachable
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.guard.client import Done, Guard
from titan_flow.adapters.guard.fallback import Fallback
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states.chain import line
from titan_flow.states.deadlines import ANSWER
from titan_flow.states.events import Record
from titan_flow.states.legal_moves import Legal, legal
from titan_flow.states.model import Flow, Step
from titan_flow.states.run import Run
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.bind import instance
from titan_flow.workflow.specfile.references import refers, resolve


@dataclass
class Mirror:
    """The records that the host has not been given yet; each job carries them along."""

    records: list[Record] = field(default_factory=list[Record])
    there: int = 0
    _texts: dict[int, str] = field(default_factory=dict[int, str], repr=False)

    def add(self, record: Record, text: str | None = None) -> None:
        """`text` is its line, where that was made already."""
        self.records.append(record)
        if text is not None:
            self._texts[record.seq] = text

    def waiting(self) -> tuple[int, list[str]]:
        """The sequence number of the first line to send, and the lines."""

        waiting = self.records[self.there :]
        self._texts = {record.seq: self._texts.get(record.seq) or line(record) for record in waiting}
        return self.there + 1, [*self._texts.values()]


@dataclass
class RunContext:
    flow: Flow
    site: Site
    guard: Guard
    adapters: Registry
    """where checks and actions come from"""
    epoch: int = 0
    mirror: Mirror = field(default_factory=Mirror)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    looked: tuple[str, float] = ("", 0.0)
    """the transition whose checks this process found green last, and when (monotonic)"""

    fallback: Fallback | None = None
    """what this process gave the host to do where there is no driver"""
    legal: Legal | None = None
    """the moves that `flow` allows; built when it is first asked for"""

    def allows(self, state: str, move: str) -> bool:
        """Whether a run that stands at `state` may make that move."""
        self.legal = self.legal or legal(self.flow)
        return self.legal.allows(state, move)

    @property
    def gateway(self) -> Gateway:
        return self.site.gateway

    def resolved(self, run: Run, step: Step) -> dict[str, Json]:
        """A step's arguments with every `${…}` replaced, by what is known now. Raises BindError."""

        if not refers(step.args):
            return dict(step.args)
        return resolve(step.args, {**self.flow.values(), **run.values(), "step.id": f"{run.id}/{step.id}"})

    def check(self, step: Step, args: Mapping[str, Json]) -> Check:
        """The adapter's check or action, bound to resolved arguments. Raises BindError."""

        return instance(step.use, args, self.adapters)

    async def execute(self, run: Run, action: Action, act: Act, key: str, timeout: float) -> CommandResult:
        """The one place where anything is done to the outside. Raises Unreachable, Fenced.

        A job is started, or attached to where one of that key exists already; a message is sent, or posted. `timeout`
        (seconds) is its own; where no answer comes soon after that, what became of it is not known. Raises
        DisarmedMeanwhile too.
        """

        try:
            async with asyncio.timeout(timeout + ANSWER):
                with _unsaid():
                    return await self._execute(run, action, act, key, timeout)
        except TimeoutError:
            raise Unreachable(f"no answer to what became of {key} within {timeout + ANSWER:g} s") from None

    async def outcome(self, key: str) -> Done | None:
        """Of the job of that key, waited for; None if it was never started. Raises Unreachable."""
        with _unsaid():
            return await self.guard.find(key)

    async def _execute(self, run: Run, action: Action, act: Act, key: str, timeout: float) -> CommandResult:
        if not isinstance(act, Job):
            return await action.send(self.site, act)
        first, lines = self.mirror.waiting()
        known = {"last_disarm": run.started.last_disarm} if act.arms else {}
        done = await self.guard.job(key, act, self.epoch, timeout, lines, first, run.id, **known)
        self.mirror.there = done.mirrored
        return done.completed

    async def tell(self, run: Run) -> None:
        """Gives the host what it has not been told of yet. Raises Unreachable, Fenced."""
        first, lines = self.mirror.waiting()
        if lines:
            self.mirror.there = await self.guard.mirror(run.id, first, lines, self.epoch)


@contextmanager
def _unsaid() -> Generator[None]:
    """A guard that cannot do its work (no room, a job that will not die) leaves open what became of ours."""

    try:
        yield
    except (Fenced, DisarmedMeanwhile, Locked):
        raise
    except Refused as why:
        raise Unreachable(str(why)) from None
