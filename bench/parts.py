"""The parts of the bench, in the order in which they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, cast

from bench import deploys, growth, looks, primitives, rolling, starts, steps, trips
from bench.options import Options
from bench.rows import Row


class Part(Protocol):
    """A module: its docstring says what it measures."""

    __doc__: str | None
    PART: str

    def measure(self, options: Options) -> Iterator[Row]: ...

    def tables(self, rows: Sequence[Row]) -> str: ...


PARTS: Mapping[str, Part] = {
    module.PART: cast(Part, module) for module in (starts, primitives, steps, growth, looks, trips, rolling, deploys)
}
ON_A_DROPLET = ("looks", "trips", "rolling", "deploys")
