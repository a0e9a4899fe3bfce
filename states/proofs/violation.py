"""What a proof found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from titan_flow.states.edges import Edge
from titan_flow.states.model import SourceLocation

LONGEST = 12
"""names of a path that are printed; the middle of a longer one is left out"""


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` is the counter-example, whole, as names of states and recoveries; `rule` is the property that fails.

    `also` are names that it is about besides, and `involved` every place of the spec that has a part in it: along the
    path each edge, in its order, then those names. `prove` fills that in.
    """

    text: str
    place: SourceLocation | None = None
    path: tuple[str, ...] = ()
    rule: str = ""
    also: tuple[str, ...] = ()
    involved: tuple[tuple[str, SourceLocation], ...] = ()


def names(path: Sequence[Edge], start: str = "") -> tuple[str, ...]:
    """The states and recoveries along a path; `start` is where a path without edges stands."""
    if not path:
        return (start,) if start else ()
    return (path[0].source, *(edge.target for edge in path))


def shown(path: Sequence[str]) -> str:
    """`Ready → Recorded → … → Armed`"""
    if len(path) > LONGEST:
        half = LONGEST // 2
        path = (*path[:half], "…", *path[-half:])
    return " → ".join(path)


def listed(words: Sequence[str]) -> str:
    """`a`, `b` and `c`"""
    quoted = [f"`{word}`" for word in words]
    return " and ".join(part for part in (", ".join(quoted[:-1]), *quoted[-1:]) if part)
