"""There is no driver any more: the host rolls back, and the next driver takes that in. Real guard, host and journal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from tests.started import OLGA, started
from tests.workflow.rehearsal import Rehearsal
from tests.workflow.sandbox.hands import until
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, Job, run
from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.gateway import Gateway, Kind, T
from titan_flow.adapters.guard import fallback as host
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.fallback import FallbackSeen
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states import events as e
from titan_flow.states.hashing import digest
from titan_flow.states.model import Flow, Patience, State, Step, Transition, Unattended
from titan_flow.states.release import Release
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Json, Observation, Outcome
from titan_flow.workflow.audit.chain import audited
from titan_flow.workflow.audit.conformance import conformance
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.exit_codes import exit_of
from titan_flow.workflow.journal.sqlite import SqliteJournal
from titan_flow.workflow.runs.host_copy import ask
from titan_flow.workflow.runs.status import host_deed
from titan_flow.workflow.sandbox.layout import standing
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.model import Spec, Target

pytestmark = pytest.mark.slow

QUICK = Patience(timeout=20, within=0.05, attempts=2, wait_min=0.001, wait_max=0.002)
OLD = Release(commit="0" * 40, images={})


class Died(BaseException):
    """The driver is gone."""


class Write(Action):
    name: ClassVar[str] = "files.write"
    text: str

    async def look(self, site: Site, since: Json) -> Observation:
        there = Path(site.directory) / "release"
        return Observation(Answer.YES if there.exists() and there.read_text() == self.text else Answer.NO)

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((run("sh", "-c", 'printf %s "$1" >release', "sh", self.text),))

    async def by_host(self, site: Site, commit: str | None, within: float) -> tuple[Command, ...]:
        if (Path(site.directory) / "cannot").exists():
            raise LookupError("it has no way to")
        return (run("sh", "-c", 'echo x >>tried; printf %s "$1" >release', "sh", self.text),)


class Holds(Check):
    name: ClassVar[str] = "files.holds"
    text: str

    async def look(self, site: Site, since: Json) -> Observation:
        if (Path(site.directory) / "unclear").exists():
            return Observation(Answer.UNKNOWN, final=True)
        there = Path(site.directory) / "release"
        return Observation(Answer.YES if there.read_text() == self.text else Answer.NO, final=True)


ADAPTERS = Registry(Adapter("files", "Files on this machine", (Write, Holds)), table={}, group="")
STATES = ("Recorded", "Up", "Verified", "Reverted", "RolledBack", "Halted")


def _step(id: str, use: str, text: str) -> Step:
    return Step(id, f"files.{use}", {"text": text}, acts=use == "write", alone=True, restores=text == "old")


def flow(policy: Unattended | None) -> Flow:
    states = {name: State(name, interlock="any") for name in STATES}
    states |= {
        "Ready": State("Ready", initial=True, interlock="any"),
        "Verified": replace(states["Verified"], goal=True),
        "Reverted": replace(states["Reverted"], then="verify_rollback"),
        "RolledBack": replace(states["RolledBack"], rest=True),
        "Halted": replace(states["Halted"], rest=True),
    }
    kept = replace(_step("record/1", "write", "old"), touches="snapshot")
    record = Transition("record", "Ready", "Recorded", (), (kept,), "Halted", patience=QUICK)
    up = Transition("up", "Recorded", "Up", (), (_step("up/1", "write", "new"),), "fast_rollback", patience=QUICK)
    verify = Transition(
        "verify", "Up", "Verified", (_step("verify/1", "holds", "new"),), (), "fast_rollback", patience=QUICK
    )
    back = Transition("fast_rollback", None, "Reverted", (), (_step("fast_rollback/1", "write", "old"),), "Halted")
    look = Transition(
        "verify_rollback", None, "RolledBack", (_step("verify_rollback/1", "holds", "old"),), (), "Halted"
    )
    recoveries = {"fast_rollback": replace(back, patience=QUICK), "verify_rollback": replace(look, patience=QUICK)}
    return Flow("files", states, {"record": record, "up": up, "verify": verify}, recoveries, unattended=policy)


class Deadly(Gateway):
    """The driver dies once it has done an effect of that kind and about that; before it, with `first`."""

    def __init__(self, kind: Kind, about: str, first: bool = False, instead: Exception | None = None) -> None:
        self._at, self._first, self._raised = (kind, about), first, instead or Died()

    async def do(self, kind: Kind, about: str, effect: Callable[[], Awaitable[T]]) -> T:
        hit = kind == self._at[0] and self._at[1] in about
        if hit and self._first:
            raise self._raised
        done = await effect()
        if hit:
            raise self._raised
        return done


class Scene:
    def __init__(self, folder: Path) -> None:
        self.directory = folder / "opt"
        self.directory.mkdir()
        (self.directory / "release").write_text("old")
        self.journal = SqliteJournal(f"file:{folder / 'journal.sqlite'}", str(folder / "journal.sqlite"))
        self.folder, self.policy = folder, Unattended(after=1)
        self.guard = Guard(LocalHost(), str(self.directory))

    @asynccontextmanager
    async def session(self, gateway: Gateway | None = None) -> AsyncGenerator[Session]:
        async def connect(spec: Spec) -> Environment:
            site = Site(LocalHost(), str(self.directory), gateway=gateway or Gateway())
            guard = site.guard()
            return Environment(spec, site, guard, await guard.identify())

        spec = Spec("files.yaml", "", "", flow(self.policy), {}, Target(None, str(self.directory)), {}, ADAPTERS)
        options = Options(journal=self.journal, operator=OLGA, connect=connect, diagnostics=self.folder / "bundles")
        async with Session(spec, options) as session:
            yield session

    async def start(self, gateway: Gateway | None = None, previous: Release | None = OLD, **more: object) -> Run:
        async with self.session(gateway) as session:
            first = started("files", session.place.environment)
            first = first.model_copy(update={"previous": previous, "spec_sha256": digest(""), **more})
            return await session.start(first, sink=lambda record: None, run="RUN234")

    async def killed(self, kind: Kind, about: str, first: bool = False) -> None:
        with pytest.raises(Died):
            await self.start(Deadly(kind, about, first))

    async def resumed(self) -> Run:
        async with self.session() as session:
            records = self.journal.read("RUN234")
            return await session.resume(records, True, e.RunResumed(operator=OLGA), sink=lambda record: None)

    async def host_is_done(self) -> None:
        for _ in range(1500):
            did = (await host.seen(self.guard)).did
            if did is not None and did.state == "done":
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the host never finished")

    @property
    def release(self) -> str:
        return (self.directory / "release").read_text()

    @property
    def kinds(self) -> list[str]:
        return [record.event.kind for record in self.journal.read("RUN234")]


def conformance_of(scene: Scene) -> list[str]:
    """What is illegal in the trip."""
    found = conformance(flow(scene.policy), scene.journal.read("RUN234"))
    return [str(one) for one in found]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.mark.parametrize(
    ("kind", "about", "first"),
    [("job", "RUN234-up-1", False), ("append", "step.done up/1", False), ("mirror", "dropped", True)],
)
async def test_a_driver_that_dies_is_replaced_by_the_host(scene: Scene, kind: Kind, about: str, first: bool) -> None:
    await scene.killed(kind, about, first=first)
    await scene.host_is_done()
    assert scene.release == "old" and (scene.directory / "tried").exists()
    there = await ask(Site(LocalHost(), str(scene.directory)))
    account = scene.journal.account("RUN234")
    assert account is not None
    seen = await host_deed(there, account)
    assert seen is not None and (seen.state, seen.do, seen.driver) == ("done", "rollback", "olga@laptop")
    run = await scene.resumed()
    assert (run.outcome, run.state, exit_of(run)) == (Outcome.ROLLED_BACK, "RolledBack", 4)
    assert scene.kinds.count("host.acted") == 1
    lines = scene.journal.lines("RUN234")
    assert not audited(lines).findings
    assert not list(conformance_of(scene))
    assert (local_folder(scene.directory) / "runs" / "RUN234.jsonl").read_text().splitlines() == lines
    assert await host.seen(scene.guard) == FallbackSeen()


async def test_it_is_armed_before_the_change_that_it_guards(scene: Scene) -> None:
    await scene.killed("append", "step.intended up/1")
    assert (await host.seen(scene.guard)).armed == "RUN234"
    assert scene.release == "old"
    await scene.host_is_done()


async def test_a_run_that_ends_drops_it_before_its_end_is_on_record(scene: Scene) -> None:
    assert (await scene.start()).outcome is Outcome.REACHED
    assert await host.seen(scene.guard) == FallbackSeen()
    assert scene.release == "new"


async def test_a_run_that_was_fenced_off_does_not_end(scene: Scene) -> None:
    """The host was faster than the confirmation: the driver must not say that it succeeded."""
    with pytest.raises(Fenced):
        await scene.start(Deadly("mirror", "dropped", first=True, instead=Fenced("the host has taken over")))
    assert "run.ended" not in scene.kinds


async def test_where_the_host_could_not_do_it_nothing_is_changed(scene: Scene) -> None:
    (scene.directory / "cannot").touch()
    run = await scene.start()
    assert run.parked is not None and "it has no way to" in run.parked.question
    assert scene.release == "old"
    assert "step.intended" not in scene.kinds


@pytest.mark.parametrize("policy", ["wait", "rollback"])
async def test_a_parked_run(scene: Scene, policy: Literal["wait", "rollback"]) -> None:
    (scene.directory / "unclear").touch()
    scene.policy = Unattended(after=1, parked=policy)
    assert (await scene.start()).parked is not None
    if policy == "wait":
        assert (await host.seen(scene.guard)).armed is None
        return
    await scene.host_is_done()
    (scene.directory / "unclear").unlink()
    assert scene.release == "old"
    assert (await scene.resumed()).outcome is Outcome.ROLLED_BACK


@pytest.mark.parametrize("why", ["first", "migrations"])
async def test_without_a_release_or_over_migrations_it_rolls_nothing_back(scene: Scene, why: str) -> None:
    update = {"previous": None, "first": True} if why == "first" else {"migrations": ("db/1.sql",)}
    with pytest.raises(Died):
        await scene.start(Deadly("job", "RUN234-up-1"), **update)  # type: ignore[arg-type]
    assert await host.seen(scene.guard) == FallbackSeen()


async def test_without_the_block_the_host_holds_nothing(scene: Scene) -> None:
    scene.policy = None  # type: ignore[assignment]
    await scene.killed("job", "RUN234-up-1")
    assert await host.seen(scene.guard) == FallbackSeen()
    assert not (local_folder(scene.directory) / "fallback").exists()


@pytest.mark.daemon
def test_killed_in_a_sandbox_the_old_release_runs_without_anybody(rehearsal: Rehearsal) -> None:
    """git, supervisord, NATS and the stand-ins are real; the driver is killed right after the new release is up."""
    before = rehearsal.status()
    rehearsal.release("good")
    rehearsal.spec.write_text(rehearsal.spec.read_text() + "\nunattended: {after: 5s}\n")
    assert rehearsal.titan("check", str(rehearsal.spec)) == 0
    assert "without a driver, from every state with a change, the host rolls back: disarmed on the release" in (
        rehearsal.said
    )
    assert rehearsal.run_dying("after-effect", "up/1") == -signal.SIGKILL
    guard = local_folder(standing(rehearsal.directory).checkout) / "fallback"
    until(lambda: (guard / "result").read_text().split()[1:2] == ["done"])
    now = rehearsal.status()
    assert now["commit"] == before["commit"]
    assert [one["release"] for one in now["services"].values()] == [
        one["release"] for one in before["services"].values()
    ]
    assert not any(now["armed"].values())
    assert rehearsal.titan("status", str(rehearsal.spec)) == 7
    assert "rolled back by the host at" in rehearsal.said and "after the last word from" in rehearsal.said
    assert rehearsal.titan("resume", str(rehearsal.spec), "--yes") == 4
    assert rehearsal.titan("audit", rehearsal.newest().id) == 0, rehearsal.said
    assert rehearsal.titan("status", str(rehearsal.spec)) == 4
