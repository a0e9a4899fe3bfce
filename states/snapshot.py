"""The fold of a run's first records as text, so that a long run is not folded from its beginning each time.

A snapshot is no truth: it can be made again from the records, and `head` ties it to the last one that it is made of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache, reduce

from pydantic import TypeAdapter

from titan_flow.states.events import Record, RunStarted
from titan_flow.states.hashing import canonical, digest
from titan_flow.states.outline import Outline, outlined
from titan_flow.states.run import Run, apply, fold
from titan_flow.states.values import Json

FOLD = 3
"""Raised when the fold or the outline makes something else of the same records: older snapshots are then not used."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`run` and `outline` of the records up to number `run.seq`."""

    run: Run
    outline: Outline

    def with_records(self, records: Iterable[Record]) -> Snapshot:
        """The same, these records later."""
        told = list(records)
        return Snapshot(reduce(apply, told, self.run), outlined(told, self.outline))


def snapshot_of(first: Record) -> Snapshot:
    """Of a run's first record. Raises ValueError where that is not `run.started`."""
    return Snapshot(fold([first]), outlined([first]))


def text_of(snapshot: Snapshot) -> str:
    """As it is kept. The first record is left out: its spec is long, and it is read in any case."""
    run = _runs().dump_python(snapshot.run, mode="json", exclude={"started"})
    outline = _outlines().dump_python(snapshot.outline, mode="json")
    return canonical({"fold": FOLD, "run": run, "outline": outline})


BEGINS = f'{{"fold":{FOLD},'
"""how the text of a snapshot of this version begins"""


def read(text: str, first: Record) -> Snapshot | None:
    """The snapshot of the run that begins with `first`; None where another version of the fold made it, or none did."""
    try:
        body: Json = json.loads(text)
        if not isinstance(body, dict) or body.get("fold") != FOLD or not isinstance(first.event, RunStarted):
            return None
        run, outline = body["run"], body["outline"]
        if not isinstance(run, dict) or {*run, "started"} != {field.name for field in fields(Run)}:
            return None
        whole = _runs().validate_python({**run, "started": first.event})
        return Snapshot(whole, _outlines().validate_python(outline))
    except (ValueError, KeyError, RecursionError):
        return None


def seal(text: str) -> str:
    """What is kept beside the text: a text that was changed by accident does not fit it."""
    return digest(text)


@cache
def _runs() -> TypeAdapter[Run]:
    return TypeAdapter(Run)


@cache
def _outlines() -> TypeAdapter[Outline]:
    return TypeAdapter(Outline)
