"""When the checkout moved, by git's log of HEAD: what lay there when a container started, what git wrote since."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from titan_flow.adapters.effects import Command
from titan_flow.adapters.git.argv import script

# Commits and times only; the lines name people too. 2000 lines are years of deployments.
_READ = """
log=$(git rev-parse --git-path logs/HEAD 2>/dev/null) && [ -e "$log" ] || exit 0
tail -n 2000 -- "$log" | cut -f 1 | awk '{ print $1, $2, $(NF - 1) }'
"""
CHECKOUT = 60.0
"""seconds that one checkout may take: git writes the files first, then the line in its log"""


@dataclass(frozen=True, slots=True)
class Move:
    """HEAD moved, or a reset put its files back. `at`: whole seconds since the epoch, by the host's clock."""

    old: str
    new: str
    at: int


@dataclass(frozen=True, slots=True)
class Reflog:
    """Oldest first; empty where the directory is no checkout, or keeps no log."""

    moves: Sequence[Move] = ()

    def head(self, time: float) -> str | None:
        """The commit that lay there at that time; None where the log does not reach back so far."""
        before = [move.new for move in self.moves if move.at <= time]
        if before:
            return before[-1]
        first = self.moves[0].old if self.moves else ""
        return first if first.strip("0") else None

    def since(self, time: float) -> Sequence[Move]:
        """What git did from that second on."""
        return [move for move in self.moves if move.at >= int(time)]

    def wrote(self, time: float) -> bool:
        """Whether what was written at that time may have been written by git."""
        return any(move.at <= time + CHECKOUT for move in self.since(time))


def reflog() -> Command:
    return script(_READ)


def read_reflog(out: str) -> Reflog:
    """From `reflog`; lines of another form are left out."""
    found = re.findall(r"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\d{1,12})$", out, re.MULTILINE)
    return Reflog([Move(old, new, int(at)) for old, new, at in found])
