"""What a part of the bench is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    rounds: int | None = None
    """None: as many as the part takes by default"""
    small: bool = False
    """the smallest sizes: shows that it runs, and says nothing about speed"""
    delays: Sequence[float] = ()
    """of a round trip to the droplet, in seconds; empty: those of the part"""
    tools: Sequence[str] = ()
    """only these; empty: all"""

    def count(self, default: int) -> int:
        return self.rounds if self.rounds is not None else 1 if self.small else default

    def distances(self, default: Sequence[float]) -> Sequence[float]:
        return self.delays or (default[:1] if self.small else default)

    def wants(self, tool: str) -> bool:
        return not self.tools or tool in self.tools
