"""The recorder: events are sealed and folded, made durable, then mirrored and handed to the sink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from titan_flow.adapters.redaction import Redactor
from titan_flow.states.chain import sealed_line
from titan_flow.states.events import Event, Record, StepDone, TransitionBegan, TransitionEnded
from titan_flow.states.hashing import GENESIS
from titan_flow.states.run import Run, apply, fold
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.journal.base import RunRecords

Sink = Callable[[Record], None]
"""Takes each record of a run once it is durable."""

E = TypeVar("E", bound=Event)


TEXTS = frozenset({"says", "reason", "question", "why", "evidence", "seen", "act", "acts"})
"""Fields of events that hold words from outside. The others are facts, which a resumed run reads back as they were."""


def masked(event: E, redactor: Redactor) -> E:
    """The event as it is kept: the one place where a run's secrets are masked."""
    values = {name: getattr(event, name) for name in TEXTS & type(event).model_fields.keys()}
    kept = {name: redactor.mask(value) for name, value in values.items()}
    return event if kept == values else event.model_copy(update=kept)


RIDES = (TransitionBegan, StepDone, TransitionEnded)
"""Events behind which a performer does nothing more: they wait for the next commit, which comes before anything else"""


class Recorder:
    """One run's pen. Whoever loses the compare-and-set on its sequence gets Overtaken, and stops."""

    def __init__(self, run: str, journal: RunRecords, context: RunContext, sink: Sink, records: list[Record]) -> None:
        self.id, self._journal, self._context, self._sink = run, journal, context, sink
        self._run = fold(records) if records else None
        self._waiting: list[tuple[Record, str]] = []
        for record in records:
            context.mirror.add(record)

    @property
    def run(self) -> Run:
        if self._run is None:
            raise ValueError("nothing is recorded yet")
        return self._run

    def again(self, theirs: Sequence[str]) -> None:
        """Reads the run anew, with what the host has of it: a driver may have written on since it was read.

        Raises Diverged, DamagedJournal.
        """
        known = len(self._context.mirror.records)
        records = self._journal.import_(theirs) if theirs else self._journal.read(self.id)
        self._run, self._waiting = fold(records), []
        self._context.mirror.records[:] = records
        for record in records[known:]:
            self._sink(record)

    @property
    def lines(self) -> list[str]:
        """The run as the journal has it now."""
        return self._journal.lines(self.id)

    async def __call__(self, event: Event) -> Run:
        """The run with that event. It is durable when this returns, but for those that ride along: `commit` them."""
        event = masked(event, self._context.site.redactor)
        seq, head = (self._run.seq, self._run.head) if self._run is not None else (0, GENESIS)
        record, text = sealed_line(self.id, seq + 1, self._context.gateway.now(), event, head)
        self._run = fold([record]) if self._run is None else apply(self._run, record)
        self._waiting.append((record, text))
        if not isinstance(event, RIDES):
            await self.commit()
        return self._run

    async def commit(self) -> None:
        """Makes durable what waits, in one transaction, then hands it on."""
        entries, self._waiting = self._waiting, []
        if not entries:
            return

        async def append() -> None:
            self._journal.extend(entries)

        about = ", ".join(f"{record.event.kind} {getattr(record.event, 'step', '')}".strip() for record, _ in entries)
        await self._context.gateway.do("append", about, append)
        for record, text in entries:
            self._context.mirror.add(record, text)
            self._sink(record)
