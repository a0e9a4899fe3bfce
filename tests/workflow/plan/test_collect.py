"""A plan says what it could not learn, and an action that cannot succeed is a reason not to begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import pytest

from tests.offers import offering
from tests.specfiles import loads
from tests.workflow.armory import MemoryGuard, NoHost
from tests.workflow.journal.sample import started
from tests.workflow.plan.plans import SPEC, V1, between, commit, step
from titan_flow.adapters.base import Action, Adapter
from titan_flow.adapters.effects import Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.offers import Between, Checkout, Commit
from titan_flow.adapters.preview import PendingChanges, Preview
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.protocol import Instance, Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.base import Host
from titan_flow.states.release import Release
from titan_flow.states.values import Answer, Json, Observation
from titan_flow.workflow.environment import Environment
from titan_flow.workflow.plan.collect import collect, refused
from titan_flow.workflow.plan.model import Plan, Red
from titan_flow.workflow.plan.walk import Foresight
from titan_flow.workflow.specfile import load as loading
from titan_flow.workflow.specfile.model import Spec

MOVES = """
flow: shop
target: {directory: /opt/app}
migrations: db/
states: {Ready: {initial: true}, Up: {goal: true}, Halted: {rest: true}}
transitions:
  up: {from: Ready, to: Up, do: [{tree.move: {}}], on_failure: Halted}
"""


class Move(Action):
    """Brings the checkout to another commit."""

    name = "tree.move"
    affects: ClassVar[tuple[str, ...] | None] = ("checkout",)

    async def look(self, site: Site, since: Json) -> Observation:
        raise AssertionError

    async def foresee(self, site: Site, ahead: PendingChanges) -> Preview:
        return Preview(True, "to b", Job(()), commit="b" * 40)


TREE = Registry(Adapter("tree", "a checkout in memory", (Move,)), table={}, group="")


@dataclass
class Repository:
    """`broken`: what every question about commits ends with."""

    broken: Exception | None = None
    gone: Exception | None = None

    async def head(self, site: Site) -> str:
        if self.gone is not None:
            raise self.gone
        return "a" * 40

    async def describe(self, site: Site, commit_: str) -> Commit:
        if self.broken is not None:
            raise self.broken
        return commit(int(commit_[:1], 16))

    async def between(self, site: Site, one: str, other: str) -> Between:
        return between(1, files=("db/1.sql", "README.md"))


@dataclass
class Running:
    ids: Sequence[str] = ("c2", "c1")
    running: bool = True
    broken: bool = False

    async def expected(self, site: Site) -> Mapping[str, int | None]:
        return {"app": 2}

    async def instances(self, site: Site) -> list[Instance]:
        if self.broken:
            raise Unreachable("docker is down")
        return [Instance("app", id, "sha256:1", None, self.running, "none", 0, "") for id in self.ids]

    async def release(self, site: Site, commit: str) -> Release:
        assert self.running, "nothing runs: there is no release"
        return V1


async def collected(repository: Repository, services: Running | None = None, spec: Spec | None = None) -> Plan:
    offers: dict[type, object] = {Checkout: repository}
    if services is not None:
        offers[Services] = services
    site = Site(cast(Host, NoHost()), "/opt/app", offers=offering(offers))
    place = Environment(spec or loads(SPEC, "x.yaml"), site, cast(Guard, MemoryGuard()), "env-1")
    return await collect(place, started("shop"), look=False)


@pytest.mark.parametrize(
    ("services", "release", "instances"),
    [
        (None, None, {}),
        (Running(), V1, {"app": ("c1", "c2")}),
        (Running(running=False), None, {}),
        (Running(broken=True), None, {}),
    ],
)
async def test_what_runs_is_seen_where_it_can_be(
    services: Running | None, release: Release | None, instances: dict[str, tuple[str, ...]]
) -> None:
    seen = (await collected(Repository(), services)).seen
    assert (seen.head, seen.release, seen.instances) == ("a" * 40, release, instances)


@pytest.mark.parametrize("why", [LookupError("no git here"), Unreachable("no route")])
async def test_without_a_commit_nothing_is_claimed_of_the_host(why: Exception) -> None:
    found = await collected(Repository(gone=why), Running())
    assert (found.seen.head, found.seen.release, found.was, found.between) == (None, None, None, None)


async def test_a_flow_that_moves_no_checkout_compares_no_commits() -> None:
    found = await collected(Repository(broken=AssertionError("asked")), Running())
    assert (found.was, found.to, found.unknown) == (None, None, ())


@pytest.mark.parametrize("why", [LookupError("no object"), Unreachable("no route")])
async def test_a_plan_says_why_commits_could_not_be_compared(why: Exception) -> None:
    found = await collected(Repository(why), spec=loading.loads(MOVES, "x.yaml", TREE))
    assert (found.unknown, found.between, found.migrations) == ((str(why),), None, ())


async def test_migrations_are_the_files_that_change_under_their_folder() -> None:
    found = await collected(Repository(), spec=loading.loads(MOVES, "x.yaml", TREE))
    assert found.migrations == ("db/1.sql",)


def test_an_action_that_cannot_succeed_refuses_the_run_once_for_each_cause() -> None:
    walk = Foresight(Site(cast(Host, NoHost()), "/"), loads(SPEC, "x.yaml").flow, started(), loads(SPEC, "x").adapters)
    walk.steps = [
        step("up/1", says="disk is full", refused=True),
        step("up/2", says="disk is full", refused=True),
        step("up/3", says="fine"),
        step("up/4", says="port is taken", refused=True),
    ]
    full = Red("up/1", "command.run", Answer.NO, "disk is full", refuses=True, remedy="add a disk")
    assert refused(walk, ["port is taken"]) == (full,)
    assert [red.step for red in refused(walk)] == ["up/1", "up/4"]
