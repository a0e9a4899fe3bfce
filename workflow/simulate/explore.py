"""Which runs are simulated: every single fault, on the way to the goal and in each recovery; then pairs, by a seed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from titan_flow.states import events as e
from titan_flow.states.edges import FAST
from titan_flow.states.model import Flow, Step
from titan_flow.states.proofs.longest_run import bound
from titan_flow.workflow.simulate.coverage import FailureEdge, failure_edges, taken
from titan_flow.workflow.simulate.faults import Fault, Token, of_steps
from titan_flow.workflow.simulate.faults import steps as all_steps
from titan_flow.workflow.simulate.invariants import Seen, Violation, violations
from titan_flow.workflow.simulate.trip import Rest, Simulator, Trip

MOST = 20
"""violations that are kept"""


@dataclass(frozen=True, slots=True)
class Found:
    """One broken rule, with the run that broke it."""

    token: Token
    path: str
    violation: Violation


@dataclass
class Result:
    """What all runs came to. `ends`: how often each (state, outcome) was where a run first came to rest.

    `single` runs have one fault more than it takes to get where it strikes, and are all of them; `sampled` have two.
    `cut`: why not all single faults were tried.
    """

    flow: Flow
    bound: float
    edges: list[FailureEdge]
    ends: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    finals: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    covered: set[FailureEdge] = field(default_factory=set[FailureEdge])
    violations: list[Found] = field(default_factory=list[Found])
    slowest: tuple[Rest, Token, str] | None = None
    single: int = 0
    crashes: int = 0
    sampled: int = 0
    cut: str = ""
    took: float = 0.0

    @property
    def missing(self) -> list[FailureEdge]:
        return [edge for edge in self.edges if edge not in self.covered]

    @property
    def ok(self) -> bool:
        return not self.violations and not self.missing


def judged(simulator: Simulator, trip: Trip, limit: float) -> list[Violation]:
    """Every rule that the run broke."""
    found = violations(Seen(simulator.flow, trip.history, trip.world, limit))
    return [*found, *([Violation("every run comes to rest", trip.stuck)] if trip.stuck else [])]


def path(trip: Trip) -> str:
    """The states and recoveries that it went through."""
    names = list[str]()
    for event in (record.event for record in trip.records):
        match event:
            case e.RunStarted():
                names.append(event.state)
            case e.TransitionEnded():
                names.append(event.target)
            case e.FailureDecided():
                names.append(event.target)
            case e.RunParked():
                names.append("(waits)")
            case _:
                pass
    return " → ".join(name for n, name in enumerate(names) if n == 0 or name != names[n - 1])


class Explorer:
    """Runs everything, and sums it up."""

    def __init__(self, simulator: Simulator, seed: int, runs: int, seconds: float) -> None:
        self._simulator, self._flow, self._seed, self._runs = simulator, simulator.flow, seed, runs
        self._end, self._began = time.monotonic() + seconds, time.monotonic()
        self._result = Result(self._flow, bound(self._flow), failure_edges(self._flow))
        self._latest: dict[str, Trip] = {}
        """a run that begins each transition, recovery or watch: with the fewest faults, and as late as it goes, so that
        a recovery has most to undo"""
        self._shortest: dict[str, Trip] = {}
        """the same, as early as it goes"""

    def explore(self) -> Result:
        first = self._run(())
        self._steps()
        self._crashes(first)
        self._pairs(first)
        self._result.took = time.monotonic() - self._began
        return self._result

    def _late(self) -> bool:
        return time.monotonic() > self._end

    def _run(self, faults: tuple[Fault, ...], seed: int = 0) -> Trip:
        trip = self._simulator.run(Token(faults, seed))
        result = self._result
        first = trip.rests[0] if trip.rests else Rest("?", "never at rest", 0.0)
        result.ends[first.state, first.outcome] += 1
        if trip.rests:
            result.finals[trip.rests[-1].state, trip.rests[-1].outcome] += 1
        result.covered |= taken(self._flow, [record.event for record in trip.records])
        if result.slowest is None or first.seconds > result.slowest[0].seconds:
            result.slowest = first, trip.token, path(trip)
        for one in judged(self._simulator, trip, result.bound):
            if len(result.violations) < MOST:
                result.violations.append(Found(trip.token, path(trip), one))
        for name in trip.begun:
            for kept, sign in ((self._latest, -1), (self._shortest, 1)):
                known = kept.get(name)
                if known is None or _cost(trip, sign) < _cost(known, sign):
                    kept[name] = trip
        return trip

    def _steps(self) -> None:
        """Each fault of each step, after the latest way to it. What a fault leads to is tried next."""
        tried = set[str]()
        while (name := next((one for one in self._latest if one not in tried), None)) is not None or self._asked(tried):
            if name is None:
                continue
            tried.add(name)
            way = self._latest[name].token.faults
            for fault in of_steps(_steps_of(self._flow, name)):
                if self._late():
                    self._result.cut = f"the time was over at {fault.step}"
                    return
                self._run((*way, fault))
                self._result.single += 1

    def _asked(self, tried: set[str]) -> bool:
        """Enters the next recovery that only an operator enters. False where there is none left."""
        own = [r for r in self._flow.recoveries.values() if r.by_operator or r.name == FAST]
        recovery = next((r.name for r in own if r.name not in self._latest and f"ask {r.name}" not in tried), None)
        if recovery is None:
            return False
        tried.add(f"ask {recovery}")
        for at in range(self._ways_operations(), 0, -1):
            trip = self._run((Fault("ask", at=at, recovery=recovery),))
            self._result.single += 1
            if recovery in trip.begun:
                break
        return True

    def _ways_operations(self) -> int:
        return max((trip.operations for trip in self._latest.values() if not trip.token.faults), default=0)

    def _crashes(self, first: Trip) -> None:
        """The driver dies after each operation, on the way to the goal and on the shortest way into each recovery."""
        ways = {trip.token: trip for trip in (first, *self._shortest.values())}
        for trip in ways.values():
            for at in range(1, trip.operations + 1):
                if self._late():
                    self._result.cut = self._result.cut or f"the time was over at the crash after operation {at}"
                    return
                self._run((*trip.token.faults, Fault("die", at=at)))
                self._result.crashes += 1

    def _pairs(self, first: Trip) -> None:
        draw = random.Random(self._seed)  # noqa: S311  # which pairs are tried is no secret
        for seed in range(1, self._runs + 1):
            if self._late():
                return
            self._run(tuple(sorted({self._drawn(draw, first) for _ in range(2)})), seed)
            self._result.sampled += 1

    def _drawn(self, draw: random.Random, first: Trip) -> Fault:
        kind = draw.choice(("step", "step", "die", "stop", "ask"))
        if kind == "step":
            return draw.choice(of_steps(all_steps(self._flow)))
        own = [r.name for r in self._flow.recoveries.values() if r.by_operator or r.name == FAST]
        asked = draw.choice(own) if kind == "ask" and own else ""
        at = draw.randint(1, first.operations + 20)
        return Fault(kind if kind != "ask" or asked else "die", at=at, recovery=asked)


def _cost(trip: Trip, sign: int) -> tuple[int, int]:
    return len(trip.token.faults), sign * trip.operations


def _steps_of(flow: Flow, name: str) -> Sequence[Step]:
    watch = flow.states[name].watch if name in flow.states else None
    return watch.checks if watch is not None else flow.edge(name).steps


def explored(simulator: Simulator, seed: int, runs: int, seconds: float) -> Result:
    return Explorer(simulator, seed, runs, seconds).explore()
