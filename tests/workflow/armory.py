"""A world in memory in which something may be armed: containers, what was sent, and what cannot be reached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Literal

from tests.offers import offering
from tests.started import started
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job, Message, Unfenced
from titan_flow.adapters.errors import DisarmedMeanwhile, Refused, Unreachable
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.offers import InterlockSurvey, Surveyed
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states import events as e
from titan_flow.states.chain import sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.states.model import Flow, Patience, State, Step, Transition, Watch
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.engine.loop import drive


@dataclass
class World:
    """`deaf`: nobody confirms. `cut`: nothing can be sent. `full`: the host has no room for a
    job. `at`: what happens when that event is recorded."""

    container: str = "c1"
    well: bool = True
    armed: bool = False
    deaf: bool = False
    cut: bool = False
    full: bool = False
    last_disarm: int = 0
    sent: list[str] = field(default_factory=list[str])
    jobs: dict[str, CommandResult] = field(default_factory=dict[str, CommandResult])


WORLD = World()


class Running(Check):
    """As `compose.running`: a replaced container is a *no* in the light of the mark."""

    name: ClassVar[str] = "lock.running"

    async def look(self, site: Site, since: Json) -> Observation:
        if not WORLD.well:
            return Observation(Answer.NO, "is unhealthy", mark=WORLD.container)
        if since not in (None, WORLD.container):
            return Observation(Answer.NO, "was replaced", mark=WORLD.container)
        return Observation(Answer.YES, mark=WORLD.container)


class Up(Action):
    name: ClassVar[str] = "lock.up"
    to: str

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(Answer.YES if WORLD.container.startswith(self.to) else Answer.NO)

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((Command(("up", self.to)),))


class Disarm(Action):
    name: ClassVar[str] = "lock.disarm"
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "disarm"
    moves: ClassVar[Interlock | None] = Interlock.DISARMED
    unconfirmed: bool = False

    async def look(self, site: Site, since: Json) -> Observation:
        if since is None:
            return Observation(Answer.NO, mark="before")
        return Observation(Answer.NO if WORLD.deaf or WORLD.armed else Answer.YES, "as seen", mark=since)

    def act(self, site: Site, seen: Observation) -> Act:
        return Message("disarm", b"")

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        if WORLD.cut:
            raise Unreachable("NATS does not answer")
        WORLD.sent.append("disarm")
        WORLD.armed = False
        return CommandResult(0, "")

    @property
    def settles(self) -> float:
        return 0.02

    @property
    def continues_unconfirmed(self) -> bool:
        return self.unconfirmed


class Arm(Action):
    name: ClassVar[str] = "lock.arm"
    touches: ClassVar[Literal["snapshot", "disarm", "arm"] | None] = "arm"
    moves: ClassVar[Interlock | None] = Interlock.ARMED

    async def look(self, site: Site, since: Json) -> Observation:
        if since is not None and WORLD.deaf:
            return Observation(Answer.UNKNOWN, "nobody answers", mark=since)
        return Observation(Answer.YES if WORLD.armed else Answer.NO, mark="before")

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((Command(("arm",)),), arms=True)


ADAPTERS = Registry(
    Adapter("lock", "a world in memory that may be armed", (Running, Up, Disarm, Arm)), table={}, group=""
)


@dataclass(frozen=True)
class Done:
    completed: CommandResult
    mirrored: int


class MemoryGuard:
    async def job(
        self,
        key: str,
        job: Job,
        epoch: int,
        timeout: float,
        lines: list[str],
        first: int,
        run: str,
        last_disarm: int = 0,
    ) -> Done:
        if WORLD.full:
            raise Refused("no room left in /opt/titan")
        verb, *words = job.commands[0].argv
        if verb == "arm" and WORLD.last_disarm != last_disarm:
            raise DisarmedMeanwhile("olga@laptop sent an emergency disarm", "olga@laptop")
        if key not in WORLD.jobs:
            WORLD.jobs[key] = CommandResult(0, "")
            WORLD.sent.append(" ".join([verb, *words]))
            WORLD.armed = verb == "arm"
            if verb == "up":
                WORLD.container = f"{words[0]}.1"
        return Done(WORLD.jobs[key], first - 1 + len(lines))

    async def find(self, key: str) -> Done | None:
        return Done(WORLD.jobs[key], 0) if key in WORLD.jobs else None

    async def mirror(self, run: str, first: int, lines: list[str], epoch: int) -> int:
        return first - 1 + len(lines)


async def survey(site: Site) -> Surveyed:
    return Surveyed(Interlock.UNKNOWN if WORLD.deaf else Interlock.ARMED if WORLD.armed else Interlock.DISARMED)


class Clock(Gateway):
    """Time is what is slept, and `frozen` seconds more."""

    def __init__(self) -> None:
        self.slept = self.frozen = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        await asyncio.sleep(0)

    def monotonic(self) -> float:
        return self.slept + self.frozen


QUICK = Patience(timeout=5, within=0.3, attempts=2, wait_min=0.001, wait_max=0.002)
GREEN = {"use": "lock.running"}


def _do(id: str, use: str, **args: Json) -> Step:
    touches: dict[str, Literal["disarm", "arm"]] = {"lock.disarm": "disarm", "lock.arm": "arm"}
    return Step(id, use, args, acts=True, touches=touches.get(use))


def flow(unknown: str = "park", watch: float = 0.01) -> Flow:
    """The runbook in small. `unknown`: where an arm with unknown result leads; `watch`: seconds, in two samples."""
    green = {name: (Step(f"{name}/1", "lock.running"),) for name in ("verify", "arm", "Armed", "verify_rollback")}
    way = ("fast_rollback", None, "Reverted")
    on = {"on_failure": "fast_rollback", "patience": QUICK}
    return Flow(
        "armory",
        {
            "Ready": State("Ready", initial=True, interlock="any"),
            "Disarmed": State("Disarmed"),
            "Up": State("Up"),
            "Verified": State("Verified", gate=True),
            "Armed": State(
                "Armed",
                goal=True,
                interlock="armed",
                watch=Watch(watch, watch, green["Armed"], "fast_rollback", patience=QUICK),
            ),
            "Reverted": State("Reverted", then="verify_rollback"),
            "RolledBack": State("RolledBack", rest=True),
            "Halted": State("Halted", rest=True, interlock="any"),
        },
        {
            "disarm": Transition(
                "disarm",
                "Ready",
                "Disarmed",
                (),
                (_do("disarm/1", "lock.disarm"),),
                on_failure="Halted",
                patience=QUICK,
            ),
            "up": Transition("up", "Disarmed", "Up", (), (_do("up/1", "lock.up", to="v2"),), **on),  # type: ignore[arg-type]
            "verify": Transition("verify", "Up", "Verified", green["verify"], **on),  # type: ignore[arg-type]
            "arm": Transition(
                "arm",
                "Verified",
                "Armed",
                green["arm"],
                (_do("arm/2", "lock.arm"),),
                on_unknown=unknown,
                **on,  # type: ignore[arg-type]
            ),
        },
        {
            "fast_rollback": Transition(
                *way,
                (),
                (
                    _do("fast_rollback/1", "lock.disarm", unconfirmed=True),
                    _do("fast_rollback/2", "lock.up", to="v1"),
                    _do("fast_rollback/3", "lock.disarm"),
                ),
                on_failure="Halted",
                on_unknown="Halted",
                patience=QUICK,
            ),
            "verify_rollback": Transition(
                "verify_rollback", None, "RolledBack", green["verify_rollback"], on_failure="Halted", patience=QUICK
            ),
        },
        interlocked=True,
    )


class NoHost:
    name = "nowhere"

    async def close(self) -> None: ...


STARTED = started("armory")
TO_ARM = STARTED.model_copy(update={"purpose": "arm", "state": "Up"})


class Tape(list[e.Record]):
    """A run's records. `when`: what happens to the world as soon as an event of that kind is recorded."""

    def __init__(self, started: e.RunStarted = STARTED) -> None:
        super().__init__()
        self.clock = Clock()
        self.say(started)

    def say(self, event: e.Event) -> None:
        self.append(sealed("R", len(self) + 1, datetime.now(UTC), event, self[-1].hash if self else GENESIS))

    def all(self, kind: type[e.Base]) -> list[e.Base]:
        return [record.event for record in self if isinstance(record.event, kind)]


class Killed(Exception):
    """The driver is gone."""


async def trip(tape: Tape, of: Flow, **when: object) -> Run:
    """Drives on from the tape. `when`: by `kind_step` or kind, what happens once that is recorded (a callable)."""
    site = Site(NoHost(), "/", gateway=tape.clock, offers=offering({InterlockSurvey: survey}))  # type: ignore[arg-type]
    context = RunContext(of, site, MemoryGuard(), ADAPTERS)  # type: ignore[arg-type]

    async def record(event: e.Event) -> Run:
        tape.say(event)
        name = event.kind.replace(".", "_")
        step = str(getattr(event, "step", "") or getattr(event, "transition", "") or getattr(event, "state", ""))
        for key in (name, f"{name}_{step.replace('/', '_')}"):
            if callable(happens := when.get(key)):
                happens()
        return fold(tape)

    return await drive(of, fold(tape), context, record)
