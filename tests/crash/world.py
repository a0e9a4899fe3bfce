"""A small abstract world to crash in: a release, an interlock, a guard, and a flow through all of them.

Everything that can go wrong in it is a choice that somebody makes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from tests.offers import offering
from tests.started import started
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, CommandResult, Job, Message, Unfenced
from titan_flow.adapters.errors import Fenced, Unreachable
from titan_flow.adapters.gateway import Gateway, Kind
from titan_flow.adapters.offers import InterlockSurvey, Surveyed
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.states.legal_moves import legal
from titan_flow.states.model import Flow, Patience, State, Step, Transition, Watch
from titan_flow.states.values import Answer, Interlock, Json, Observation
from titan_flow.workflow.engine.context import RunContext

T = TypeVar("T")
EPOCH = datetime(2026, 11, 24, tzinfo=UTC)
RELEASE: dict[str, Json] = {"commit": "0" * 40, "images": {}}


class Died(BaseException):
    """The driver is gone, mid-sentence."""


class Violation(BaseException):
    """A law is broken; the text says which, and how a run came there."""


@dataclass(frozen=True)
class World:
    """What is real. `broken` never works; `effects` counts what was really done, by step; `jobs` by key."""

    broken: frozenset[str] = frozenset()
    release: str = "old"
    armed: bool = True
    verified: bool = True
    """what runs now was seen green since it was brought up"""
    kept: bool = False
    epoch: int = 1
    jobs: tuple[tuple[str, bool], ...] = ()
    effects: tuple[str, ...] = ()

    def does(self, step: str, what: str) -> World:
        world = replace(self, effects=(*self.effects, step))
        match what:
            case "keep":
                return replace(world, kept=True)
            case "disarm":
                return replace(world, armed=False)
            case "arm":
                if not self.verified:
                    law = "the interlock is never assumed"
                    raise Violation(f"{law}: {step} arms {self.release}, which nobody verified since it was brought up")
                return replace(world, armed=True)
            case release:
                if self.armed and release == "new":
                    law = "the interlock is never assumed"
                    raise Violation(f"{law}: {step} brings up {release} while the system may act")
                return replace(world, release=release, armed=False, verified=False)


@dataclass
class Scene:
    """One move being performed: the world under its hands, and the choices that it meets."""

    world: World
    faults: int
    choices: list[int]
    fenced: bool = True
    met: list[int] = field(default_factory=list[int])
    blind: int = 0
    taken: Callable[[], None] = lambda: None

    def choose(self, *options: str) -> str:
        """The first option is that all goes well; any other costs a fault."""
        if not self.faults:
            return options[0]
        at = len(self.met)
        if at == len(self.choices):
            self.choices.append(0)
        picked = self.choices[at]
        self.met.append(len(options))
        self.faults -= picked > 0
        return options[picked]


@dataclass
class Stagehand:
    scene: Scene = field(default_factory=lambda: Scene(World(), 0, []))


HERE = Stagehand()


class Deed(Action):
    """`what`: keep, disarm, arm, or the release to bring up."""

    name: ClassVar[str] = "model.do"
    what: str
    step: str

    async def look(self, site: Site, since: Json) -> Observation:
        _seen()
        world = HERE.scene.world
        done = {"keep": world.kept, "disarm": since is not None and not world.armed, "arm": world.armed}
        yes = done.get(self.what, world.release == self.what) and self.what not in world.broken
        outputs: dict[str, Json] = {"release": RELEASE, "green": True} if self.what == "keep" else {}
        return Observation(Answer.YES if yes else Answer.NO, self.what, mark={"at": 1}, outputs=outputs)

    def act(self, site: Site, seen: Observation) -> Act:
        return Message(self.step, b"") if self.what == "disarm" else Job((Command((self.step, self.what)),))

    async def send(self, site: Site, act: Unfenced) -> CommandResult:
        """A disarm: unfenced; late or twice, it is safe."""

        async def effect() -> CommandResult:
            return CommandResult(0 if _effect(self.step, "disarm") else 1, "", "")

        return await DOOR.do("publish", self.step, effect)


class Keep(Deed):
    name: ClassVar[str] = "model.keep"
    touches = "snapshot"


class Disarm(Deed):
    name: ClassVar[str] = "model.disarm"
    touches = "disarm"
    moves = Interlock.DISARMED


class UnconfirmedDisarm(Disarm):
    name: ClassVar[str] = "model.unconfirmed"

    @property
    def continues_unconfirmed(self) -> bool:
        return True


class Arm(Deed):
    name: ClassVar[str] = "model.arm"
    touches = "arm"
    moves = Interlock.ARMED


class Green(Check):
    name: ClassVar[str] = "model.green"

    async def look(self, site: Site, since: Json) -> Observation:
        _seen()
        if f"red {HERE.scene.world.release}" in HERE.scene.world.broken:
            return Observation(Answer.NO, "red", final=True)
        HERE.scene.world = replace(HERE.scene.world, verified=True)
        return Observation(Answer.YES, "green")


def _seen() -> None:
    """A look that nobody answers, however often it is tried."""
    if HERE.scene.blind or HERE.scene.choose("answered", "lost") == "lost":
        HERE.scene.blind = (HERE.scene.blind or PATIENCE.attempts) - 1
        raise Unreachable("no answer")


ADAPTERS = Registry(
    Adapter("model", "an abstract world", (Deed, Keep, Disarm, UnconfirmedDisarm, Arm, Green)), table={}, group=""
)


class Door(Gateway):
    """Dying before and after everything that is durable. Nobody sleeps; time passes only in pauses."""

    def __init__(self) -> None:
        self._now = 0.0

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        fate = HERE.scene.choose("lives", "dies before", "dies after", "is overtaken")
        if fate == "dies before":
            raise Died
        if fate == "is overtaken":
            HERE.scene.taken()
        result = await effect()
        if fate == "dies after":
            raise Died
        return result

    async def sleep(self, seconds: float) -> None:
        self._now += seconds

    def monotonic(self) -> float:
        return self._now


@dataclass(frozen=True)
class Done:
    completed: CommandResult
    mirrored: int = 0


def _effect(step: str, what: str) -> bool:
    """Whether it was done; raises Unreachable where the answer is lost."""
    fate = HERE.scene.choose("done", "fails", "lost before", "lost after")
    if what in HERE.scene.world.broken or fate == "fails":
        return False
    if fate != "lost before":
        HERE.scene.world = HERE.scene.world.does(step, what)
    if fate.startswith("lost"):
        raise Unreachable("the answer was lost")
    return True


class Guard:
    """The guard's contract: one epoch, and a key is started once, whoever asks."""

    async def job(self, key: str, job: Job, epoch: int, *_: object) -> Done:
        async def effect() -> Done:
            if HERE.scene.fenced and epoch != HERE.scene.world.epoch:
                raise Fenced("a newer driver has the environment")
            if epoch != HERE.scene.world.epoch:
                raise Violation(f"fenced: a driver of epoch {epoch} acts in epoch {HERE.scene.world.epoch}")
            found = dict(HERE.scene.world.jobs).get(key)
            if found is None:
                step, what = job.commands[0].argv
                before = HERE.scene.world
                try:
                    found = _effect(step, what)
                except Unreachable:
                    if HERE.scene.world is not before:
                        HERE.scene.world = replace(HERE.scene.world, jobs=(*HERE.scene.world.jobs, (key, True)))
                    raise
                HERE.scene.world = replace(HERE.scene.world, jobs=(*HERE.scene.world.jobs, (key, found)))
            return Done(CommandResult(0 if found else 1, "", "" if found else "it failed"))

        return await DOOR.do("job", key, effect)

    async def find(self, key: str) -> Done | None:
        found = dict(HERE.scene.world.jobs).get(key)
        return None if found is None else Done(CommandResult(0 if found else 1, "", ""))


async def _interlock(site: Site) -> Surveyed:
    _seen()
    return Surveyed(Interlock.ARMED if HERE.scene.world.armed else Interlock.DISARMED)


DOOR, GUARD = Door(), Guard()


class NoHost:
    name = "nowhere"


def context(epoch: int) -> RunContext:
    """A driver that holds that epoch, in the abstract world instead of the real one."""
    site = Site(NoHost(), "/", gateway=DOOR, offers=offering({InterlockSurvey: _interlock}))  # type: ignore[arg-type]
    return RunContext(FLOW, site, GUARD, ADAPTERS, epoch=epoch, legal=LEGAL)  # type: ignore[arg-type]


def _do(kind: str, id: str, what: str) -> Step:
    touches = {"keep": "snapshot", "disarm": "disarm", "unconfirmed": "disarm", "arm": "arm"}.get(kind)
    return Step(id, f"model.{kind}", {"what": what, "step": id}, acts=True, touches=touches)  # type: ignore[arg-type]


def _green(id: str) -> Step:
    return Step(id, "model.green")


PATIENCE = Patience(timeout=5.0, within=0.0, attempts=2, wait_min=0.0, wait_max=0.0)
BACK = "fast_rollback"


def _edge(name: str, source: str | None, target: str, *steps: Step, on_failure: str, on_unknown: str) -> Transition:
    checks = tuple(step for step in steps if not step.acts)
    actions = tuple(step for step in steps if step.acts)
    return Transition(
        name, source, target, checks, actions, on_failure=on_failure, on_unknown=on_unknown, patience=PATIENCE
    )


FLOW = Flow(
    "model",
    {
        "Ready": State("Ready", initial=True, interlock="any"),
        "Recorded": State("Recorded", interlock="any"),
        "Disarmed": State("Disarmed"),
        "Up": State("Up"),
        "Verified": State("Verified", gate=True),
        "Armed": State(
            "Armed",
            goal=True,
            interlock="armed",
            watch=Watch(1.0, 1.0, (_green("Armed/1"),), BACK, patience=PATIENCE),
        ),
        "Reverted": State("Reverted", then="verify_rollback"),
        "RolledBack": State("RolledBack", rest=True),
        "Refused": State("Refused", rest=True, interlock="any"),
        "Halted": State("Halted", rest=True, notify=True, interlock="any"),
    },
    {
        "record": _edge(
            "record", "Ready", "Recorded", _do("keep", "record/1", "keep"), on_failure="Refused", on_unknown="Refused"
        ),
        "disarm": _edge(
            "disarm",
            "Recorded",
            "Disarmed",
            _do("disarm", "disarm/1", "disarm"),
            on_failure="Halted",
            on_unknown="Halted",
        ),
        "up": _edge("up", "Disarmed", "Up", _do("do", "up/1", "new"), on_failure=BACK, on_unknown="park"),
        "verify": _edge("verify", "Up", "Verified", _green("verify/1"), on_failure=BACK, on_unknown="park"),
        "arm": _edge(
            "arm",
            "Verified",
            "Armed",
            _green("arm/1"),
            _do("arm", "arm/2", "arm"),
            on_failure=BACK,
            on_unknown="park",
        ),
    },
    {
        BACK: _edge(
            BACK,
            None,
            "Reverted",
            _do("unconfirmed", f"{BACK}/1", "disarm"),
            _do("do", f"{BACK}/2", "old"),
            _do("disarm", f"{BACK}/3", "disarm"),
            on_failure="Halted",
            on_unknown="Halted",
        ),
        "verify_rollback": _edge(
            "verify_rollback",
            None,
            "RolledBack",
            _green("verify_rollback/1"),
            on_failure="Halted",
            on_unknown="Halted",
        ),
    },
    interlocked=True,
)
LEGAL = legal(FLOW)
DISARMS = {step.id for edge in FLOW.edges for step in edge.actions if step.touches == "disarm"}
STARTED = started("model").model_copy(update={"interlock": Interlock.ARMED})
