"""Sites whose adapters offer what a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from titan_flow.adapters.site import Site


def offering(offers: Mapping[type, object]) -> Callable[[type], Callable[[Site], object] | None]:
    """By protocol. For `Site(…, offers=…)`."""
    return lambda kind: (lambda _: offers[kind]) if kind in offers else None
