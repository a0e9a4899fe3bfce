"""Which adapter of a spec knows its services."""

from __future__ import annotations

from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site


def services_of(site: Site) -> Services:
    """The services of this flow, by the block of the adapter that offers them. Raises LookupError where none does."""
    if (found := site.offered(Services)) is None:
        raise LookupError("the spec has neither a `compose:` nor a `supervisor:` block")
    return found
