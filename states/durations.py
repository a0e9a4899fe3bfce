"""Durations as people write them in a spec, and as they are printed."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+"


def seconds(text: str) -> float:
    """`1m30s` -> 90.0. Units: ms, s, m, h, d. Raises ValueError on anything else."""
    if not re.fullmatch(_DURATION, text):
        raise ValueError(f"{text!r} is not a duration; write it like 500ms, 30s, 2m or 1m30s")
    return sum(float(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|[smhd])", text))


def duration(value: float) -> str:
    """90.0 -> `1m30s`; below a minute one decimal at most (`2.1s`, `0.3s`)."""
    if value < 60:
        return f"{value:.1f}".rstrip("0").rstrip(".") + "s"
    whole, parts = round(value), list[str]()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])


def span(value: float) -> str:
    """`0.4 s`, `12.4 s`, `4 m 10 s`, `3 h 5 m`, `2 d 1 h`"""
    if value < 59.95:
        return f"{max(value, 0.0):.1f} s"
    whole = round(value)
    for size, unit, smaller, below in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{whole} s"
