"""What one deployment of the six services asks of its host: each effect, in order; the timeline of one run.

A trip is one effect that had to wait for an answer: those that go out together count once.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from unittest.mock import patch

from bench.options import Options
from bench.rows import Row, table, values, where
from bench.scene import Scene, standing
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.registry import Registry
from titan_flow.states.events import Record, StepIntended, TransitionBegan
from titan_flow.workflow.environment import reach
from titan_flow.workflow.session.options import Options as SessionOptions
from titan_flow.workflow.session.options import RunOptions
from titan_flow.workflow.session.prepare import prepare
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load

T = TypeVar("T")
PART, WIDTH, DELAYS = "trips", 40, (0.0, 0.1)
WHEN = "when"
HOST: tuple[Kind, ...] = ("look", "job", "take", "mirror")


@dataclass
class Effect:
    kind: Kind
    about: str
    began: float
    ended: float
    phase: str


class Traced(Gateway):
    """Keeps when each effect began and ended, and in which part of the run."""

    def __init__(self) -> None:
        self.effects, self.phase, self.start = list[Effect](), "connect", time.monotonic()

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        began = time.monotonic()
        try:
            return await effect()
        finally:
            self.effects.append(Effect(kind, about, began - self.start, time.monotonic() - self.start, self.phase))

    def trips(self, phase: str) -> int:
        """The longest chain of effects on the host that did not overlap."""
        count, free = 0, 0.0
        asked = (effect for effect in self.effects if effect.phase == phase and effect.kind in HOST)
        for effect in sorted(asked, key=lambda effect: effect.ended):
            if effect.began >= free:
                count, free = count + 1, effect.ended
        return count


async def deploy(spec: Path, store: str, commit: str) -> tuple[Traced, str]:
    """One run, from connecting to its end: what was asked, and the outcome."""
    traced = Traced()

    def follow(record: Record) -> None:
        if isinstance(record.event, TransitionBegan):
            traced.phase = record.event.transition
        elif isinstance(record.event, StepIntended):
            traced.phase = f"{record.event.step} ({record.event.step.partition('/')[0]})"

    options = SessionOptions(store=store, yes=True, connect=lambda spec: reach(spec, traced))
    async with Session(load(str(spec), Registry()), options) as session:
        traced.phase = "prepare"
        prepared = await prepare(session, RunOptions(values={"commit": commit}))
        if prepared.plan is None:
            raise RuntimeError(prepared.says)
        run = await session.start(prepared.started, *prepared.skipped, sink=follow)
    return traced, run.outcome.value


def measure(options: Options) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as home, standing(Path(home)) as scene:
        yield from measured(scene, options)


def measured(scene: Scene, options: Options) -> Iterator[Row]:
    """Of one run: the first one, which connects, records and deploys two of six services."""
    for delay in options.distances(DELAYS):
        scene.at(delay)
        scene.reset()
        operator = scene.operator
        with patch.dict(os.environ, operator.secrets):
            traced, outcome = asyncio.run(deploy(operator.spec, operator.store, scene.offer("v2")))
        if outcome != "reached":
            raise RuntimeError(f"the run ended: {outcome}")
        for phase in dict.fromkeys(effect.phase for effect in traced.effects):
            effects = [effect for effect in traced.effects if effect.phase == phase and effect.kind in HOST]
            if effects:
                began, ended = min(effect.began for effect in effects), max(effect.ended for effect in effects)
                counts = {"trips": traced.trips(phase), "effects": len(effects)}
                seconds = {"began": round(began, 3), "ended": round(ended, 3)}
                yield {"part": PART, "delay": delay, "phase": phase.partition(" ")[0], **counts, **seconds}


def tables(rows: Sequence[Row]) -> str:
    """Where the time of one run goes."""
    parts: list[str] = []
    for delay in values(rows, "delay"):
        here = where(rows, delay=delay)
        lines = [_line(row, here) for row in here]
        trips, effects = (str(sum(int(row[key]) for row in here)) for key in ("trips", "effects"))
        end = max(float(row["ended"]) for row in here)
        lines.append(["all", trips, effects, f"{end:.2f} s", ""])
        said = f"Round trip to the droplet: {1000 * float(delay):.0f} ms. One run."
        parts.append(f"{said}\n\n{table(('part of the run', 'trips', 'effects', 'seconds', WHEN), lines)}")
    return "\n\n".join(parts)


def _line(row: Row, rows: Sequence[Row]) -> list[str]:
    """With its place in the run, as a bar."""
    end = max(float(one["ended"]) for one in rows)
    began, ended = (float(row[key]) for key in ("began", "ended"))
    first, last = (round(WIDTH * at / end) for at in (began, ended))
    bar = "·" * first + "█" * max(1, last - first)
    took = f"{ended - began:.2f} s"
    return [str(row["phase"]), str(row["trips"]), str(row["effects"]), took, f"`{bar[:WIDTH].ljust(WIDTH, '·')}`"]
