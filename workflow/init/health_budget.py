"""How long the services of a project may take to be healthy, those that they wait for included. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def budgets(longest: Mapping[str, float], needs: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    """Seconds until each is healthy at the latest. `longest`: of its own health check; `needs`: service → condition."""
    found: dict[str, float] = {}

    def of(name: str, on_the_way: tuple[str, ...]) -> float:
        if name in found:
            return found[name]
        if name in on_the_way or name not in longest:
            return 0.0
        waited = [
            of(other, (*on_the_way, name)) for other, how in needs.get(name, {}).items() if how != "service_started"
        ]
        found[name] = longest[name] + max(waited, default=0.0)
        return found[name]

    for name in longest:
        of(name, ())
    return found
