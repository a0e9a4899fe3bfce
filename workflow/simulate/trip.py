"""One simulated run: the session's own trip, with as many processes as its faults need."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from titan_flow.adapters.errors import Refused, Unreachable
from titan_flow.states.edges import behind
from titan_flow.states.events import Event, OperatorAsked, Record, RunResumed, RunStarted, TransitionBegan, WatchLooked
from titan_flow.states.identity import Operator
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Flow, Step
from titan_flow.states.run import Run
from titan_flow.states.values import Interlock
from titan_flow.workflow.engine.recorder import Recorder
from titan_flow.workflow.session.drive import trip
from titan_flow.workflow.simulate.clock import VirtualLoop
from titan_flow.workflow.simulate.faults import Fault, Token, steps
from titan_flow.workflow.simulate.host import (
    Died,
    Driver,
    HostState,
    SimGateway,
    SimGuard,
    SimJournal,
)
from titan_flow.workflow.simulate.site import site_of
from titan_flow.workflow.simulate.stand_ins import SimAction, SimCheck, SimContext, stand_in
from titan_flow.workflow.simulate.world import Drove, Fact, World, by_step, clock
from titan_flow.workflow.specfile.model import Param, Spec

RUN = "SIM"
OPERATOR = Operator(user="olga", host="laptop")
MOST = 12
"""processes that drive one run, one after the other"""
HEX = "4f1c2aa9" * 5


@dataclass
class Rest:
    """Where a run came to rest: it ended, or it waits for an operator. `seconds` since it started."""

    state: str
    outcome: str
    seconds: float


@dataclass
class Trip:
    """One run that was simulated. `rests`: where it came to rest, the last one for good."""

    token: Token
    history: list[Fact]
    records: list[Record]
    world: World
    lines: list[str]
    operations: int = 0
    rests: list[Rest] = field(default_factory=list[Rest])
    stuck: str = ""
    """why it never came to rest"""

    @cached_property
    def begun(self) -> list[str]:
        """Transitions, recoveries and watched states, in the order in which they first began."""
        begun = list[str]()
        for event in (record.event for record in self.records):
            if isinstance(event, TransitionBegan):
                begun.append(event.transition)
            elif isinstance(event, WatchLooked):
                begun.append(event.state)
        return list(dict.fromkeys(begun))


class Simulator:
    """Everything that the runs of one spec share. A subclass may put another part in: the tests switch rules off."""

    journal, guard, gateway, stand_in = SimJournal, SimGuard, SimGateway, staticmethod(stand_in)

    def __init__(self, spec: Spec) -> None:
        self.spec, self.flow = spec, replace(spec.flow, unattended=None)  # its world has no host that acts by itself
        own = [*steps(spec.flow), *spec.flow.notify]
        self.steps: Mapping[str, Step] = {step.id: step for step in own}
        self._stand_ins: Mapping[str, type[SimCheck] | type[SimAction]] = {step.id: self.stand_in(step) for step in own}
        self._samples = {step.id: dict(spec.adapters.check(step.use).outputs) for step in own}
        self._windows = _windows(spec.flow)
        self._legal, self._behind = legal(spec.flow), behind(spec.flow)
        self._loop = VirtualLoop()

    def close(self) -> None:
        self._loop.close()

    def run(self, token: Token) -> Trip:
        """Runs that one run, from its beginning to where it comes to rest."""
        random.seed(token.seed)  # tenacity draws its pauses there
        self._loop.rewind()
        return self._loop.run_until_complete(self._run(token))

    async def _run(self, token: Token) -> Trip:
        lock = Interlock.ARMED if self.flow.interlocked else Interlock.UNKNOWN
        world = World(self.flow, by_step(token.faults), lock, self._windows, self._samples)
        journal, host, began = self.journal(world), HostState(), clock()
        one = Trip(token, world.history, journal.records, world, host.lines)
        drivers = _Drivers(self, world, journal, host, token.faults)
        said: Sequence[Event] = (self._started(world),)
        for _ in range(MOST):
            run = await drivers.drive(said)
            one.operations = drivers.count
            said = drivers.said or (RunResumed(operator=OPERATOR),)
            if run is not None and (run.ended is not None or run.parked is not None):
                one.rests.append(Rest(run.state, run.outcome.value, clock() - began))
                if run.ended is not None:
                    return one
                world.repair()
            elif drivers.failed:
                world.repair()
        one.stuck = f"{MOST} processes drove it, and it is not at rest"
        return one

    def _started(self, world: World) -> RunStarted:
        params = {param.name: _sample(param) for param in self.spec.params.values() if param.only is None}
        return RunStarted(
            flow=self.flow.name,
            environment="simulated",
            target=str(self.spec.target),
            spec=self.spec.text,
            spec_sha256=self.spec.sha256,
            params=params,
            operator=OPERATOR,
            version="simulated",
            interlock=world.lock,
            state=self.flow.initial.name,
            previous=world.release(),
        )

    def context(self, world: World, gateway: SimGateway, host: HostState) -> SimContext:
        guard = self.guard(world, host, gateway, self.steps)
        context = SimContext(self.flow, site_of(world, gateway), guard, self.spec.adapters, stand_ins=self._stand_ins)
        context.legal = self._legal
        return context

    def asks(self, recovery: str, run: Run) -> OperatorAsked | None:
        """What an operator says who wants that recovery; None where the command line refuses it."""
        if run.ended is not None or run.release is None or run.state not in self._behind:
            return None
        own = {param.name: _sample(param) for param in self.spec.params.values() if param.only == recovery}
        return OperatorAsked(what="rollback", operator=OPERATOR, recovery=recovery, params=own)


class _Drivers:
    """The processes that drive one run, one after the other."""

    def __init__(
        self, simulator: Simulator, world: World, journal: SimJournal, host: HostState, faults: Sequence[Fault]
    ) -> None:
        self._simulator, self._world, self._journal, self._host = simulator, world, journal, host
        self._faults, self.count, self.failed = [fault for fault in faults if not fault.step], 0, False
        self.said: tuple[Event, ...] = ()
        """what the operator says to the next process"""

    async def drive(self, said: Sequence[Event]) -> Run | None:
        """Until the run is at rest, or the process is gone: then None."""
        self._world.history.append(Drove(clock()))
        driver, asked = Driver({}, self.count), list[str]()
        context = self._simulator.context(self._world, self._simulator.gateway(driver), self._host)
        driver.due = {f.at: _happens(f, driver, context, asked) for f in self._faults}
        recorder = Recorder(RUN, self._journal, context, _nobody, list(self._journal.records))
        self.said, self.failed = (), False
        try:
            return await trip(context, recorder, OPERATOR, True, said, _nobody)
        except Died:
            said_next = self._simulator.asks(asked[0], recorder.run) if asked else None
            self.said = (RunResumed(operator=OPERATOR), said_next) if said_next is not None else ()
            return None
        except (Unreachable, Refused):
            self.failed = True
            return None
        finally:
            driver.dead, self.count = True, driver.count
            await _end_tasks()


def _happens(fault: Fault, driver: Driver, context: SimContext, asked: list[str]) -> Callable[[], None]:
    def happens() -> None:
        if fault.kind == "stop":
            context.stopping.set()
            return
        driver.dead = True
        if fault.kind == "ask":
            asked.append(fault.recovery)
        raise Died

    return happens


def _nobody(_: object) -> None:
    """Nobody is told."""


async def _end_tasks() -> None:
    """What a process had under way ends with it."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _windows(flow: Flow) -> dict[str, float]:
    windows = {step.id: edge.patience.within for edge in flow.edges for step in edge.steps}
    for state in flow.states.values():
        if state.watch is not None:
            windows |= {step.id: state.watch.patience.within for step in state.watch.checks}
    return windows


def _sample(param: Param) -> str:
    if isinstance(param.default, str):
        return param.default
    return next((text for text in (HEX, HEX[:12], "sample", "1") if not param.wrong(text)), "x")
