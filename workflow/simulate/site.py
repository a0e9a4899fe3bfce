"""The site of a simulated run: a world is all that there is on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from titan_flow.adapters.effects import Job
from titan_flow.adapters.gateway import Gateway
from titan_flow.adapters.offers import Between, Checkout, Commit, InterlockSurvey, Surveyed
from titan_flow.adapters.services.protocol import Instance, Log, Services
from titan_flow.adapters.site import Site
from titan_flow.states.release import Release
from titan_flow.states.values import Json, Observation
from titan_flow.workflow.simulate.host import SimHost
from titan_flow.workflow.simulate.world import World

_NOT_SIMULATED = "that is not simulated"


def world_of(site: Site) -> World:
    if (world := site.offered(World)) is None:
        raise LookupError("this site is not simulated")
    return world


def site_of(world: World, gateway: Gateway) -> Site:
    """A site on which the world is all that there is."""
    services: Services = _Services(world)
    checkout: Checkout = _Checkout(world)
    made: dict[type, Callable[[Site], object]] = {
        World: lambda _: world,
        InterlockSurvey: lambda _: _survey(world),
        Services: lambda _: services,
        Checkout: lambda _: checkout,
    }
    return Site(SimHost(), "/", gateway=gateway, offers=made.get)


def _survey(world: World) -> Callable[[Site], Awaitable[Surveyed]]:
    async def survey(_: Site) -> Surveyed:
        world.reach()
        return Surveyed(world.lock)

    return survey


@dataclass
class _Services:
    """See `Services`. Nothing else than the release is simulated of a service."""

    world: World

    async def expected(self, site: Site) -> Mapping[str, int | None]:
        self.world.reach()
        return dict.fromkeys(self.world.release().images)

    async def instances(self, site: Site) -> Sequence[Instance]:
        raise LookupError(_NOT_SIMULATED)

    async def log(self, site: Site, service: str, since: Json) -> Log:
        raise LookupError(_NOT_SIMULATED)

    async def release(self, site: Site, commit: str) -> Release:
        self.world.reach()
        return self.world.release()

    def keep(self, release: Release) -> Job | None:
        return None

    async def superfluous(self, site: Site, releases: Sequence[Release]) -> tuple[str, ...]:
        return ()

    def forget(self, names: Sequence[str]) -> Job:
        return Job(())


@dataclass
class _Checkout:
    """See `Checkout`. Nothing else than the commit is simulated."""

    world: World

    async def head(self, site: Site) -> str:
        self.world.reach()
        return self.world.release().commit

    async def describe(self, site: Site, commit: str) -> Commit:
        raise LookupError(_NOT_SIMULATED)

    async def clean(self, site: Site) -> Observation:
        raise LookupError(_NOT_SIMULATED)

    async def between(self, site: Site, one: str, other: str) -> Between:
        raise LookupError(_NOT_SIMULATED)
