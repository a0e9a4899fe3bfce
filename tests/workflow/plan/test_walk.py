"""The way to the goal, walked in thought: what each action would do behind those before it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, cast

import pytest

from tests.started import started
from tests.workflow.armory import NoHost
from titan_flow.adapters.base import Action, Adapter, Check
from titan_flow.adapters.effects import Act, Command, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.preview import Change, PendingChanges, Preview
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.states.events import RunStarted
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.values import Json, Observation
from titan_flow.workflow.plan.walk import Foresight, images, way

IMAGES: Json = {"app": {"id": "sha256:1"}}
JOB = Job((Command(("true",)),))


class Fine(Check):
    name = "walk.fine"


class Pull(Action):
    name = "walk.pull"
    affects: ClassVar[tuple[str, ...] | None] = ("images",)
    done: bool = False

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        return Preview(not self.done, "pull", JOB, outputs={"images": IMAGES}, commit="c" * 40, warnings=("slow",))


class Up(Action):
    """Says what it was told of the steps before it."""

    name = "walk.up"
    images: Json = None

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        told = f"{ahead.commit} {sorted(ahead.images)} {sorted(ahead.things)} {ahead.kept} {self.images}"
        return Preview(None, told, JOB, services={"app": Change("recreated")}, warnings=("slow",))


class Keep(Action):
    name = "walk.keep"
    touches = "snapshot"

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        return Preview(True, "nothing runs", Job(()))


class Lost(Action):
    name = "walk.lost"

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        raise Unreachable("no route")


class Poor(Action):
    name = "walk.poor"

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        return Preview(True, "disk is full", JOB, refused=True, remedy="add a disk")

    async def look(self, site: Site, since: Json) -> Observation:
        raise AssertionError

    def act(self, site: Site, seen: Observation) -> Act:
        raise AssertionError


REGISTRY = Registry(Adapter("walk", "foresees", (Fine, Pull, Up, Keep, Lost, Poor)), table={}, group="")


def flow(*uses: Step) -> Flow:
    checks, acts = [one for one in uses if not one.acts], [one for one in uses if one.acts]
    states = (State("Ready", initial=True), State("Up", goal=True), State("Halted", rest=True))
    edge = Transition("go", "Ready", "Up", tuple(checks), tuple(acts), "Halted")
    return Flow("walked", {state.name: state for state in states}, {"go": edge}, {})


def step(number: int, use: str, **args: Json) -> Step:
    touches = "snapshot" if use == "keep" else None
    return Step(f"go/{number}", f"walk.{use}", args, acts=use != "fine", touches=touches)


async def walked(*steps: Step, first: bool = False) -> Foresight:
    begun = started("walked").model_copy(update={"state": "Ready", "first": first})
    return await Foresight(Site(cast(Host, NoHost()), "/"), flow(*steps), begun, REGISTRY).walk()


async def test_an_action_hears_what_those_before_it_will_have_changed() -> None:
    found = await walked(step(1, "keep"), step(2, "pull"), step(3, "up", images="${go.images}"))
    assert found.steps[2].says == f"{'c' * 40} ['app'] ['images', 'walk.keep'] True {IMAGES}"
    assert found.services == {"app": Change("recreated")}
    assert found.warnings == ["slow"], "said once"


async def test_what_is_done_already_changes_nothing_for_those_behind_it() -> None:
    found = await walked(step(1, "pull", done=True), step(2, "up", images="${go.images}"))
    assert found.steps[1].says == f"None [] [] False {IMAGES}"
    assert (found.steps[0].act, found.steps[0].lines) == ({}, ())


async def test_what_is_not_known_is_said_once_for_each_cause_and_the_walk_goes_on() -> None:
    found = await walked(step(1, "lost"), step(2, "lost"), step(3, "up", images="${release.images}"), step(4, "poor"))
    lost, unresolved = found.causes()
    assert lost == "go/1, go/2: no route" and unresolved.startswith("go/3: ")
    assert [(one.id, one.acts) for one in found.steps] == [
        ("go/1", None),
        ("go/2", None),
        ("go/3", None),
        ("go/4", True),
    ]
    assert (found.steps[3].refused, found.steps[3].remedy) == (True, "add a disk")


@pytest.mark.parametrize(("first", "acts"), [(True, False), (False, True)])
async def test_only_a_first_deployment_has_nothing_to_record(first: bool, acts: bool) -> None:
    found = await walked(step(1, "keep"), first=first)
    assert found.steps[0].acts is acts
    assert ("--initial" in found.steps[0].says) is first


async def test_a_check_is_bounded_by_its_hold_and_an_action_by_its_attempt() -> None:
    check, act = (await walked(step(1, "fine"), step(2, "poor"))).steps
    patience = flow().transitions["go"].patience
    assert (check.check, check.acts, check.deadline) == (True, None, patience.within)
    assert (act.check, act.deadline) == (False, patience.timeout)


def line(*names: str, goal: str = "", arms: str = "") -> Flow:
    """States in a line; `a>b` is the transition between two of them."""
    states = {name: State(name, initial=name == names[0], goal=name == goal) for name in names}
    pairs = list(zip(names, [*names[1:], names[0]], strict=True))
    acts = {name: (Step(f"{name}/1", "x.arm", acts=True, touches="arm"),) if name == arms else () for name in names}
    edges = {f"{a}>{b}": Transition(f"{a}>{b}", a, b, (), acts[a], "park") for a, b in pairs}
    return Flow("line", states, edges, {})


def begun(state: str = "A", until: str | None = None, may_arm: bool = True) -> RunStarted:
    return started("line").model_copy(update={"state": state, "until": until, "may_arm": may_arm})


@pytest.mark.parametrize(
    ("flow", "run", "taken"),
    [
        (line("A", "B", "C", goal="C"), begun(), ["A>B", "B>C"]),
        (line("A", "B", "C", goal="C"), begun(state="B"), ["B>C"]),
        (line("A", "B", "C", goal="C"), begun(state="C"), []),
        (line("A", "B", "C", goal="C"), begun(until="B"), ["A>B"]),
        (line("A", "B", "C", goal="C", arms="B"), begun(may_arm=False), ["A>B"]),
        (line("A", "B", "C", goal="C", arms="B"), begun(), ["A>B", "B>C"]),
        (line("A", "B"), begun(), ["A>B", "B>A"]),  # no goal: a ring is walked once
        (replace(line("A", "B", goal="B"), transitions={}), begun(), []),
    ],
)
def test_the_way_ends_where_the_run_would(flow: Flow, run: RunStarted, taken: list[str]) -> None:
    assert [edge.name for edge in way(flow, run)] == taken


@pytest.mark.parametrize("outputs", [{}, {"images": None}, {"images": "x"}, {"images": []}])
def test_outputs_without_images_name_none(outputs: dict[str, Json]) -> None:
    assert images(outputs) == {}
