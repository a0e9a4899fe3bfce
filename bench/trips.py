"""What one deployment asks of its host: each effect of one run on a droplet, in order, and how many of each kind.

    python -m bench.trips [--trace]

A trip is one effect that had to wait for an answer: those that go out together count once.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.droplet import parts
from tests.droplet.deploying import Operator
from tests.droplet.production import Production
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.registry import Registry
from titan_flow.states.events import Record, StepIntended, TransitionBegan
from titan_flow.workflow.environment import reach
from titan_flow.workflow.session.options import Options, RunOptions
from titan_flow.workflow.session.prepare import prepare
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.load import load

T = TypeVar("T")
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

    options = Options(store=store, yes=True, connect=lambda spec: reach(spec, traced))
    async with Session(load(str(spec), Registry()), options) as session:
        traced.phase = "prepare"
        prepared = await prepare(session, RunOptions(values={"commit": commit}))
        if prepared.plan is None:
            raise RuntimeError(prepared.says)
        run = await session.start(prepared.started, *prepared.skipped, sink=follow)
    return traced, run.outcome.value


def main(argv: list[str]) -> int:
    if reason := parts.lacking():
        print(f"no droplet can stand here: {reason}")
        return 0
    production = Production()
    try:
        with tempfile.TemporaryDirectory() as folder:
            operator = Operator(Path(folder), production)
            operator.spec.write_text(operator.spec.read_text().replace(", steady: 3s", ""))
            production.reset()
            traced, outcome = asyncio.run(deploy(operator.spec, operator.store, production.releases["v2"].commit))
    finally:
        production.down()
    if "--trace" in argv:
        for one in sorted(traced.effects, key=lambda effect: effect.began):
            if one.kind != "append":
                took = 1000 * (one.ended - one.began)
                print(f"{one.began:7.3f} {took:6.0f} ms  {one.phase:24.24} {one.kind:8} {one.about[:90]!r}")
    print(f"{'part of the run':<28} {'trips':>6} {'effects':>8} {'seconds':>8}")
    for phase in dict.fromkeys(effect.phase for effect in traced.effects):
        effects = [effect for effect in traced.effects if effect.phase == phase and effect.kind in HOST]
        if effects:
            seconds = max(effect.ended for effect in effects) - min(effect.began for effect in effects)
            print(f"{phase:<28.28} {traced.trips(phase):>6} {len(effects):>8} {seconds:>8.2f}")
    kinds = Counter(effect.kind for effect in traced.effects)
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()), "·", outcome)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
