"""How long a service may take to be healthy, by its own health check. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

_PART = re.compile(r"(\d+(?:\.\d+)?)(us|ms|s|m|h|d)")
_UNITS = {"us": 1e-6, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Health:
    """Seconds; the defaults are docker's."""

    start_period: float = 0.0
    interval: float = 30.0
    timeout: float = 30.0
    retries: int = 3
    guessed: bool = False
    """something of it cannot be told from the file"""

    @property
    def budget(self) -> float:
        """Seconds after which docker calls it unhealthy at the latest: the last try may take its whole timeout."""
        return self.start_period + self.interval * self.retries + self.timeout


def health_of(told: object) -> Health | None:
    """None where there is no check, or it is switched off."""
    if not isinstance(told, dict):
        return None
    check = cast("Mapping[str, Any]", told)
    if check.get("disable") in (True, "true") or check.get("test") in (["NONE"], "NONE"):
        return None
    usual = Health()
    given = {name: seconds(check.get(name)) for name in ("start_period", "interval", "timeout") if name in check}
    retries = check.get("retries", usual.retries)
    known = isinstance(retries, int) or (isinstance(retries, str) and retries.isdigit())
    return Health(
        start_period=_or(given.get("start_period"), usual.start_period),
        interval=_or(given.get("interval"), usual.interval),
        timeout=_or(given.get("timeout"), usual.timeout),
        retries=int(retries) if known else usual.retries,
        guessed=not known or None in given.values(),
    )


def seconds(told: object) -> float | None:
    """`1m30s` -> 90.0; None where it is something else (`${INTERVAL}`)."""
    text = str(told).strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)  # the schema wants a unit; a bare number is read as seconds
    if not text or _PART.sub("", text):
        return None
    return sum(float(count) * _UNITS[unit] for count, unit in _PART.findall(text))


def _or(value: float | None, usual: float) -> float:
    return usual if value is None else value


def budgets(checks: Mapping[str, Health | None], needs: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    """Seconds until each is healthy at the latest, those that it waits for included."""
    found: dict[str, float] = {}

    def of(name: str, on_the_way: tuple[str, ...]) -> float:
        if name in found:
            return found[name]
        if name in on_the_way or name not in checks:
            return 0.0
        health = checks[name]
        waited = [
            of(other, (*on_the_way, name)) for other, how in needs.get(name, {}).items() if how != "service_started"
        ]
        found[name] = (health.budget if health is not None else 0.0) + max(waited, default=0.0)
        return found[name]

    for name in checks:
        of(name, ())
    return found
