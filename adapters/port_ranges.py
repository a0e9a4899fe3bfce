"""Port numbers as people write them (`443`, `443/udp`, `6000:6007/tcp`), and sets of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

Protocol = Literal["tcp", "udp"]
PROTOCOLS: tuple[Protocol, ...] = ("tcp", "udp")
HIGHEST = 65535
_WRITTEN = re.compile(r"(\d{1,5})(?::(\d{1,5}))?(?:/(tcp|udp))?")

Span = tuple[int, int]
"""from and to, both in it"""
ALL: Span = (1, HIGHEST)


@dataclass(frozen=True, slots=True, order=True)
class Ports:
    """Ports from `low` to `high`; `protocol` empty: where a number alone was written."""

    low: int
    high: int
    protocol: Literal["", "tcp", "udp"] = ""

    def __str__(self) -> str:
        return span_text((self.low, self.high)) + (f"/{self.protocol}" if self.protocol else "")

    @property
    def span(self) -> Span:
        return self.low, self.high

    def of(self, protocol: Protocol) -> bool:
        return self.protocol in ("", protocol)


def ports(value: object) -> Ports:
    """`22`, `443/udp`, `6000:6007/tcp`. Raises ValueError on anything else."""
    if isinstance(value, Ports):
        return value
    found = _WRITTEN.fullmatch(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if found is None:
        raise ValueError(f"{value!r} is no port; write it like 443, 443/udp or 6000:6007/tcp")
    low, high = int(found[1]), int(found[2] or found[1])
    if not 0 < low <= high <= HIGHEST:
        raise ValueError(f"{value!r} is no port: ports are 1 to {HIGHEST}, the smaller one first")
    protocol = found[3]
    return Ports(low, high, "tcp" if protocol == "tcp" else "udp" if protocol == "udp" else "")


PortsField = Annotated[
    Ports,
    BeforeValidator(ports),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": HIGHEST},
                {"type": "string", "pattern": f"^{_WRITTEN.pattern}$"},
            ]
        }
    ),
]


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of the first, in order, what lies side by side joined."""
    left = list(spans)
    for low, high in taken:
        cut = list[Span]()
        for a, b in left:
            cut += [span for span in ((a, min(b, low - 1)), (max(a, high + 1), b)) if span[0] <= span[1]]
        left = cut
    joined = list[Span]()
    for a, b in sorted(left):
        if joined and a <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(b, joined[-1][1])
        else:
            joined.append((a, b))
    return joined


def span_text(span: Span) -> str:
    """`443`, `6000:6007`, `every port`"""
    if span == ALL:
        return "every port"
    return str(span[0]) if span[0] == span[1] else f"{span[0]}:{span[1]}"
