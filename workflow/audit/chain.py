"""The chain of one run, judged by the text that was written; each fault with the number of its record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

from titan_flow.states.chain import BrokenChain, verify_lines
from titan_flow.states.hashing import GENESIS

MOST = 12
"""faults that are told; one record cut out makes no more than one"""


@dataclass(frozen=True, slots=True)
class Finding:
    """`seq`: the record that is wrong, or is not there."""

    seq: int
    what: str

    def __str__(self) -> str:
        return f"record {self.seq} {self.what}"


@dataclass(frozen=True, slots=True)
class Line:
    """What a record says of itself; None where it cannot be read."""

    run: str | None
    seq: int | None
    prev: str | None
    hash: str | None
    kind: str | None
    sound: bool
    """its hash is that of its own text"""


@dataclass(frozen=True, slots=True)
class Audited:
    """One run's records. `head` is the hash of the last one, as it says itself."""

    run: str
    lines: tuple[str, ...]
    said: tuple[Line, ...]
    findings: tuple[Finding, ...]

    @property
    def head(self) -> str:
        return (self.said[-1].hash or "?") if self.said else GENESIS

    @property
    def ended(self) -> bool:
        """Whether its last record is the end of the run; else nobody can tell from it alone that none was cut off."""
        return bool(self.said) and self.said[-1].kind == "run.ended"


def audited(lines: Sequence[str]) -> Audited:
    """Every fault in the chain of what should be one whole run. Raises ValueError where there is nothing to judge."""
    if not lines:
        raise ValueError("there are no records in it")
    said = tuple(_read(text) for text in lines)
    run = next((one.run for one in said if one.run is not None), None)
    if run is None:
        raise ValueError("no line of it is a journal's record")
    findings = tuple(islice(_faults(run, said), MOST))
    if not findings:
        findings = tuple(_doubted(lines))
    return Audited(run, tuple(lines), said, findings)


def _doubted(lines: Sequence[str]) -> Iterator[Finding]:
    """The journal's own judge has the last word."""
    try:
        verify_lines(lines)
    except BrokenChain as broken:
        yield Finding(broken.seq, "is not as it was written")


def _faults(run: str, said: Sequence[Line]) -> Iterator[Finding]:
    there = {one.seq for one in said if one.run == run}
    heads, seen, expected = {0: GENESIS}, set[int](), 1
    for place, one in enumerate(said, 1):
        while expected in seen:
            expected += 1
        if one.seq is None or one.hash is None or one.run != run:
            read = "cannot be read: it is no record any more"
            yield Finding(place, read if one.run is None else f"is one of another run ({one.run}): swapped")
            seen.add(expected)
            continue
        if one.seq in seen:
            yield Finding(one.seq, "is there twice")
            continue
        if one.seq > expected:
            yield from _misplaced(expected, one.seq, there - seen, seen)
        yield from _linked(one.seq, one, heads)
        seen.add(one.seq)
        if one.sound:
            heads[one.seq] = one.hash


def _linked(seq: int, one: Line, heads: dict[int, str]) -> Iterator[Finding]:
    if not one.sound:
        yield Finding(seq, "was changed after it was written")
    elif one.prev != heads.get(seq - 1, one.prev):
        yield Finding(seq, f"does not follow record {seq - 1}: one of the two was replaced")
    elif seq == 1 and one.kind != "run.started":
        yield Finding(1, "does not begin a run")


def _misplaced(expected: int, found: int, there: set[int | None], seen: set[int]) -> Iterator[Finding]:
    """What lies between is missing, or comes later."""
    missing = [seq for seq in range(expected, min(found, expected + 1000)) if seq not in there and seq not in seen]
    seen.update(missing)
    if missing:
        more = f" (and {len(missing) - 1} after it)" if len(missing) > 1 else ""
        yield Finding(expected, f"is missing{more}: cut out")
    else:
        yield Finding(found, f"stands where record {expected} should: reordered")


def _read(text: str) -> Line:
    """Data to distrust: whatever is not as it must be is None."""
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        return Line(None, None, None, None, None, False)
    whole: dict[str, object] = {str(key): value for key, value in body.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    seq = whole.get("seq")
    words = {name: value if isinstance(value := whole.get(name), str) else None for name in _WORDS}
    number = seq if isinstance(seq, int) and not isinstance(seq, bool) else None
    return Line(words["run"], number, words["prev"], words["hash"], words["kind"], _sound(text, whole))


_WORDS = ("run", "prev", "hash", "kind")


def _sound(text: str, whole: dict[str, object]) -> bool:
    bare = {name: value for name, value in whole.items() if name != "hash"}
    if _canonical(whole) != text:
        return False
    return sha256(_canonical(bare).encode()).hexdigest() == whole.get("hash")


def _canonical(body: dict[str, object]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
