"""The adapters that this installation has: made here, once, and handed down from the commands."""

from __future__ import annotations

from functools import cache

from titan_flow.adapters.registry import Registry


@cache
def adapters() -> Registry:
    """Ours, and those of entry points. Each is loaded when a spec first names it."""
    return Registry()
