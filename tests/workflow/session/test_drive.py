"""Taking over a run: what was written since it was read is read again. Real guard, host and journal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from tests.started import OLGA, started
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Job, run
from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states import events as e
from titan_flow.states.model import Flow, Patience, State, Step, Transition
from titan_flow.states.run import Run
from titan_flow.states.values import Answer, Interlock, Json, Observation, Outcome
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.errors import ForkedRunError
from titan_flow.workflow.journal.sqlite import SqliteJournal
from titan_flow.workflow.session.options import Options
from titan_flow.workflow.session.session import Session
from titan_flow.workflow.specfile.model import Spec, Target

SEEN = e.InterlockSeen(interlock=Interlock.UNKNOWN, says="seen by the driver before")
QUICK = Patience(timeout=20, within=0.05, attempts=2, wait_min=0.001, wait_max=0.002)


class Touch(Action):
    name: ClassVar[str] = "files.touch"
    file: str

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(Answer.YES if (Path(site.directory) / self.file).exists() else Answer.NO)

    def act(self, site: Site, seen: Observation) -> Act:
        return Job((run("touch", self.file),))


class There(Check):
    name: ClassVar[str] = "files.there"
    file: str

    async def look(self, site: Site, since: Json) -> Observation:
        return Observation(Answer.YES if (Path(site.directory) / self.file).exists() else Answer.NO, final=True)


ADAPTERS = Registry(Adapter("files", "Files on this machine", (Touch, There)), table={}, group="")
FLOW = Flow(
    "files",
    {
        "Ready": State("Ready", initial=True, interlock="any"),
        "Up": State("Up", interlock="any"),
        "Done": State("Done", goal=True, interlock="any"),
        "Halted": State("Halted", rest=True, interlock="any"),
    },
    {
        "up": Transition(
            "up",
            "Ready",
            "Up",
            (),
            (Step("up/1", "files.touch", {"file": "up"}, acts=True),),
            on_failure="Halted",
            patience=QUICK,
        ),
        "end": Transition(
            "end",
            "Up",
            "Done",
            (Step("end/1", "files.there", {"file": "up"}),),
            (Step("end/2", "files.touch", {"file": "done"}, acts=True),),
            on_failure="Halted",
            patience=QUICK,
        ),
    },
    {},
)


class Busy(SqliteJournal):
    """Before each append of ours, as long as there are any, the driver before writes one of `others`."""

    others: Sequence[e.Event] = ()

    def extend(self, entries: Sequence[tuple[e.Record, str]]) -> None:
        if self.others:
            first, *self.others = self.others
            self.append(entries[0][0].run, self.last(entries[0][0].run), first, datetime.now(UTC))
        super().extend(entries)


def busy(file: Path) -> Busy:
    return Busy(f"file:{file}", str(file))


class Scene:
    def __init__(self, folder: Path) -> None:
        self.directory = folder / "opt"
        self.directory.mkdir()
        self.spec = Spec("files.yaml", "", "", FLOW, {}, Target(None, str(self.directory)), {}, ADAPTERS)
        self.journal = busy(folder / "journal.sqlite")
        self.folder = folder

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        async def connect(spec: Spec) -> Environment:
            site = Site(LocalHost(), str(self.directory))
            guard = site.guard()
            return Environment(spec, site, guard, await guard.identify())

        options = Options(journal=self.journal, operator=OLGA, connect=connect, diagnostics=self.folder / "bundles")
        async with Session(self.spec, options) as session:
            yield session

    async def begun(self) -> list[e.Record]:
        """The records of a run that was stopped once it was up."""
        async with self.session() as session:
            first = started(FLOW.name, session.place.environment)

            def stop(record: e.Record) -> None:
                if record.event.kind == "step.intended":
                    session.stopping.set()

            return self.journal.read((await session.start(first, sink=stop)).id)

    async def taken_over(self, records: list[e.Record]) -> Run:
        async with self.session() as session:
            return await session.resume(records, True, e.RunResumed(operator=OLGA), sink=lambda record: None)

    def copy(self, run: str) -> Path:
        return local_folder(self.directory) / "runs" / f"{run}.jsonl"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


async def test_whatever_the_driver_before_still_writes_the_new_one_goes_on(scene: Scene) -> None:
    records = await scene.begun()
    scene.journal.append(records[0].run, len(records), SEEN, datetime.now(UTC))
    scene.journal.others = [SEEN, SEEN, SEEN]
    run = await scene.taken_over(records)
    assert run.outcome is Outcome.REACHED
    now = scene.journal.read(run.id)
    kinds = [record.event.kind for record in now[len(records) :]]
    assert kinds[:6] == ["interlock.seen"] * 4 + ["driver.took", "run.resumed"]
    assert scene.copy(run.id).read_text().splitlines() == scene.journal.lines(run.id)


async def test_what_only_the_host_knows_is_taken_in(scene: Scene, tmp_path: Path) -> None:
    """The driver before wrote to another journal."""
    records = await scene.begun()
    known = scene.journal.lines(records[0].run)
    scene.journal = busy(tmp_path / "second.sqlite")
    stale = scene.journal.import_(known[:-1])
    run = await scene.taken_over(stale)
    assert run.outcome is Outcome.REACHED and scene.journal.lines(run.id)[: len(known)] == known


async def test_only_a_higher_epoch_stops_it(scene: Scene) -> None:
    records = await scene.begun()
    scene.journal.others = [e.DriverTook(epoch=99, operator=OLGA, pid=1)]
    with pytest.raises(Fenced, match="another driver has taken over"):
        await scene.taken_over(records)


async def test_a_run_that_ended_meanwhile_is_left_so_and_the_environment_is_free(scene: Scene) -> None:
    records = await scene.begun()
    ended = e.RunEnded(state="Halted", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN)
    scene.journal.others = [ended]
    run = await scene.taken_over(records)
    assert run.outcome is Outcome.HALTED and run.epoch == 1
    assert await Guard(LocalHost(), str(scene.directory)).holder() is None


DAMAGE: dict[str, Callable[[list[str]], list[str]]] = {
    "a record edited": lambda lines: [*lines[:2], lines[2].replace('"seq":3', '"seq":4'), *lines[3:]],
    "a record that is rubbish": lambda lines: [*lines[:2], "\0\0", *lines[3:]],
    "rubbish at the end": lambda lines: [*lines, "what"],
    "empty": lambda lines: [],
}


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGE)
async def test_a_damaged_copy_on_the_host_is_replaced(scene: Scene, how: str) -> None:
    records = await scene.begun()
    copy = scene.copy(records[0].run)
    copy.write_text("".join(f"{one}\n" for one in DAMAGE[how](copy.read_text().splitlines())))
    run = await scene.taken_over(records)
    assert run.outcome is Outcome.REACHED
    assert copy.read_text().splitlines() == scene.journal.lines(run.id)


async def test_a_copy_that_tells_another_story_is_not_mixed_with_ours(scene: Scene) -> None:
    records = await scene.begun()
    run = records[0].run
    scene.journal.append(run, len(records), SEEN, datetime.now(UTC))
    other = busy(scene.folder / "other.sqlite")
    other.import_(scene.copy(run).read_text().splitlines())
    other.append(run, other.last(run), SEEN.model_copy(update={"says": "otherwise"}), datetime.now(UTC))
    scene.copy(run).write_text("".join(f"{line}\n" for line in other.lines(run)))
    with pytest.raises(ForkedRunError):
        await scene.taken_over(records)
