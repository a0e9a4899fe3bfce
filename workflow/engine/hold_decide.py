"""What becomes of a hold after each round of looks. Pure: nothing here observes, waits or records.

Every moment is in seconds of the process's monotonic clock. `worst` is the look that decides a round: None where every
check said yes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from titan_flow.states.deadlines import EVERY
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.engine.retry import FIRST_PAUSE, longer

ROUNDING = 1e-6
"""part of a period by which sums of times may miss a whole one"""
CONFIRMED_BY = 3
"""looks in a row that must say *no* before the watch believes it"""
DOUBTED = 1.0
"""seconds between looks, at most, while the watch is in doubt"""


class Next(StrEnum):
    AGAIN = "again"
    """wait, then look again"""
    PASSED = "passed"
    FAILED = "failed"
    """take the edge that the look which decides leads to"""
    TOO_SLOW = "too slow"
    """the looks take too long to show anything: unknown"""
    STOPPED = "stopped"
    """an operator stops this process: what was seen is on record, and the next one goes on"""


@dataclass(frozen=True, slots=True)
class Decision:
    """`due`: when the next round begins. `wakes`: a change on the host begins it earlier."""

    next: Next
    due: float = 0.0
    wakes: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """The checks of a transition, between two rounds.

    `samples` in a row said yes, of `needed`, one `every` so many seconds. `end`: the latest moment to pass. `latest`: a
    hold that has begun may end later, but not after this. `pause`: seconds until the next look where one is not a yes.
    """

    needed: int
    every: float
    end: float
    latest: float
    samples: int = 0
    pause: float = FIRST_PAUSE


def begin_hold(steady: float, within: float, samples: int, now: float) -> Hold:
    """`samples` are already on record: an earlier process took them."""
    needed = math.ceil(steady / EVERY) + 1 if steady else 1
    every = steady / (needed - 1) if needed > 1 else 0.0
    return Hold(needed, every, now + within, now + within + 2 * steady, samples)


def count_hold(hold: Hold, worst: Observation | None) -> Hold:
    """A look that does not say yes starts the count again."""
    return replace(hold, samples=0 if worst else hold.samples + 1)


def after_hold(hold: Hold, worst: Observation | None, began: float, now: float) -> Decision:
    """The first that applies, after a round that began at `began`. Waiting does not change a *final* no."""
    if hold.samples >= hold.needed:
        return Decision(Next.PASSED)
    if worst is None:
        return Decision(Next.TOO_SLOW) if now >= hold.latest else Decision(Next.AGAIN, began + hold.every)
    if worst.final or now >= hold.end:
        return Decision(Next.FAILED)
    return Decision(Next.AGAIN, now + hold.pause, wakes=True)


def waited_hold(hold: Hold) -> Hold:
    """The longer it takes, the less often it is looked at."""
    return replace(hold, pause=longer(hold.pause))


@dataclass(frozen=True, slots=True)
class Watching:
    """The watch of a state, between two rounds.

    `samples` of `needed`, each for `every` seconds; `before`: those that earlier processes took. `covered`: seconds
    that this process has shown to be well. `last`: when its round before began. `doubts`: looks in a row that said
    *no*. `blind`: seconds in a row of which nothing is known; more than `within` are too many. `late`: the watch must
    be over by then.
    """

    needed: int
    every: float
    within: float
    late: float
    before: int = 0
    samples: int = 0
    covered: float = 0.0
    last: float | None = None
    doubts: int = 0
    blind: float = 0.0

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, (self.needed - self.samples) * self.every)


def begin_watch(duration: float, every: float, within: float, samples: int, now: float) -> Watching:
    """`samples` are already on record: an earlier process took them."""
    needed = math.ceil(duration / every) + 1
    late = now + 2 * (needed - samples) * every + within
    return Watching(needed, every, within, late, before=samples, samples=samples)


def count_watch(watching: Watching, worst: Observation | None, began: float) -> Watching:
    """A sample stands for the time since the one before it, and for two periods at most: nobody looked in the rest."""
    every, last = watching.every, watching.last
    watching = replace(watching, last=began)
    if worst is None:
        covered = watching.covered + (every if last is None else min(began - last, 2 * every))
        samples = min(watching.needed, watching.before + math.floor(covered / every + ROUNDING))
        return replace(watching, covered=covered, samples=samples, doubts=0, blind=0.0)
    if worst.answer is Answer.UNKNOWN:
        return replace(watching, blind=watching.blind + every)
    return replace(watching, doubts=watching.doubts + 1)


def after_watch(
    watching: Watching, worst: Observation | None, began: float, now: float, stopping: bool = False
) -> Decision:
    """The first that applies, after a round that began at `began`. A *no* is looked at again first, and soon."""
    confirmed = watching.doubts >= CONFIRMED_BY or watching.blind > watching.within
    if worst is not None and (worst.final or confirmed):
        return Decision(Next.FAILED)
    if watching.samples >= watching.needed:
        return Decision(Next.PASSED)
    if stopping:
        return Decision(Next.STOPPED)
    if now >= watching.late:
        return Decision(Next.TOO_SLOW)
    period = min(watching.every, DOUBTED) if watching.doubts else watching.every
    doubtful = bool(watching.doubts or watching.blind)  # it is looked at as often as any doubt, whatever changes
    return Decision(Next.AGAIN, began + period, wakes=not doubtful)


def waited_watch(watching: Watching, overslept: float) -> Watching:
    """Where this process was stopped, or its machine slept, for so many seconds, that is not the looks' fault."""
    return replace(watching, late=watching.late + overslept)
