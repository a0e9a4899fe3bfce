"""Which of the marks that a host keeps are believed: those that the chain of their run ties to its beginning. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from titan_flow.states.hashing import GENESIS, intact
from titan_flow.states.values import Json

DAMAGED = "?"
"""stands for a mark that is not believed: it is counted, and moves nothing"""

_NUMBERED = re.compile(r"([0-9]+)[:-](.*)")
_MARK = '"kind":"release.marked"'


def believed(run: str, text: str) -> list[str]:
    """The marks in what the guard's `marks` says of one run: its first line, then each mark between its neighbours.

    A mark is believed where its hash is its own, where the records before and after it are chained to it, where it
    stands in the place that it names, and where the file begins with the start of that run.
    """
    first, _, rest = text.partition("\n")
    begins = _begins(run, intact(first))
    found = list[str]()
    for group in rest.split("\n--\n"):
        lines = [(int(one[1]), one[2]) for one in map(_NUMBERED.fullmatch, group.split("\n")) if one]
        for at, (_, line) in enumerate(lines):
            if _MARK in line:
                found.append(line if begins and _tied(run, lines, at) else DAMAGED)
    return found


def _begins(run: str, first: Mapping[str, Json] | None) -> bool:
    start = {"run": run, "kind": "run.started", "seq": 1, "prev": GENESIS}
    return first is not None and all(first.get(name) == value for name, value in start.items())


def _tied(run: str, lines: Sequence[tuple[int, str]], at: int) -> bool:
    number, line = lines[at]
    mark = intact(line)
    before = intact(lines[at - 1][1]) if at else None
    if mark is None or before is None or (mark.get("run"), mark.get("seq")) != (run, number):
        return False
    if mark.get("prev") != before["hash"]:
        return False
    after = intact(lines[at + 1][1]) if at + 1 < len(lines) else None
    return after is None or after.get("prev") == mark["hash"]
