"""Which release runs: by whoever offers services and a checkout, and not known where one of them does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.adapters.fake_services import FakeServices
from tests.offers import offering
from titan_flow.adapters.errors import Fenced, Unreachable
from titan_flow.adapters.offers import Checkout
from titan_flow.adapters.services.lookup import release_now, running_release, services_of
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

COMMIT = "9b2e771c" * 5


class At:
    """A checkout at that commit, or one whose question ends so."""

    def __init__(self, wrong: Exception | None = None, hangs: bool = False) -> None:
        self.wrong, self.hangs = wrong, hangs

    async def head(self, site: Site) -> str:
        if self.hangs:
            await asyncio.Event().wait()
        if self.wrong is not None:
            raise self.wrong
        return COMMIT


def site(tmp_path: Path, offers: Mapping[type, object]) -> Site:
    return Site(LocalHost(), str(tmp_path), offers=offering(offers))


async def test_what_runs_is_the_services_release_at_the_checkouts_commit(
    tmp_path: Path, services: FakeServices
) -> None:
    here = site(tmp_path, {Services: services, Checkout: At()})
    assert (await running_release(here)).commit == COMMIT
    assert services_of(here) is services


async def test_without_services_or_a_checkout_there_is_no_release(tmp_path: Path, services: FakeServices) -> None:
    with pytest.raises(LookupError, match="no block of an adapter that runs services"):
        await running_release(site(tmp_path, {Checkout: At()}))
    with pytest.raises(LookupError, match="no adapter of this flow knows"):
        await running_release(site(tmp_path, {Services: services}))
    assert await release_now(site(tmp_path, {}), 5.0) is None


@pytest.mark.parametrize("wrong", [Unreachable("gone"), ValueError("odd"), LookupError("none")])
async def test_what_was_not_observed_is_not_known(tmp_path: Path, services: FakeServices, wrong: Exception) -> None:
    here = site(tmp_path, {Services: services, Checkout: At(wrong)})
    assert await release_now(here, 5.0) is None
    with pytest.raises(type(wrong)):
        await running_release(here)


async def test_a_host_that_hangs_is_waited_for_no_longer_than_that(tmp_path: Path, services: FakeServices) -> None:
    assert await release_now(site(tmp_path, {Services: services, Checkout: At(hangs=True)}), 0.01) is None


async def test_a_driver_that_was_replaced_is_told(tmp_path: Path, services: FakeServices) -> None:
    with pytest.raises(Fenced):
        await release_now(site(tmp_path, {Services: services, Checkout: At(Fenced("epoch 2"))}), 5.0)
