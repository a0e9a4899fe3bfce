"""Which adapter of a spec knows its services."""

from __future__ import annotations

import asyncio

from titan_flow.adapters.errors import Fenced
from titan_flow.adapters.offers import checkout_of
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.states.release import Release


async def running_release(site: Site) -> Release:
    """The release that runs. Raises Unreachable, and LookupError where the flow names no services or has no commit."""
    services = services_of(site)
    with site.moment.lasting():
        await ask_ahead(site)
        return await services.release(site, await checkout_of(site).head(site))


async def ask_ahead(site: Site) -> None:
    """Within a moment: asks at once what everybody asks next, the commit and the services.

    Failures are told by who needs the answers.
    """
    try:
        checkout, services = checkout_of(site), services_of(site)
    except LookupError:
        return
    await asyncio.gather(checkout.head(site), services.expected(site), return_exceptions=True)


async def release_now(site: Site, within: float) -> Release | None:
    """The release that runs; None where no adapter knows its services, or they cannot be observed.

    `within`: seconds. Raises Fenced.
    """
    try:
        async with asyncio.timeout(within):
            return await running_release(site)
    except Fenced:
        raise
    except Exception:  # whatever it is: a release that was not observed is not known
        return None


def services_of(site: Site) -> Services:
    """The services of this flow, by the block of the adapter that offers them. Raises LookupError where none does."""
    if (found := site.offered(Services)) is None:
        raise LookupError("the spec has no block of an adapter that runs services")
    return found
