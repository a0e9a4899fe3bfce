"""Which adapter of a spec knows its services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from titan_flow.adapters import registry
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site


@dataclass(frozen=True, slots=True)
class Offered:
    """What a site keeps once its services were looked up; who makes a site may put others there before."""

    services: Services


def services_of(site: Site) -> Services:
    """The services of this flow, by the block of the adapter that offers them. Raises LookupError where none does."""
    return site.kept(Offered, lambda: Offered(_offered(site))).services


def _offered(site: Site) -> Services:
    for noun in site.blocks:
        if registry.known(noun) and (made := registry.adapter(noun).offers.get(Services)) is not None:
            return cast(Services, made(site))
    raise LookupError("the spec has neither a `compose:` nor a `supervisor:` block")
