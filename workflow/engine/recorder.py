"""The recorder: an event is appended durably, folded, mirrored, handed to the sink. In that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from titan_flow.adapters.redaction import Redactor
from titan_flow.states.events import Event, Record
from titan_flow.states.run import Run, apply, fold
from titan_flow.workflow.engine.context import RunContext
from titan_flow.workflow.journal.base import Journal

Sink = Callable[[Record], None]
"""Takes each record of a run once it is durable."""

E = TypeVar("E", bound=Event)


TEXTS = frozenset({"says", "reason", "question", "why", "evidence", "seen", "act", "acts"})
"""Fields of events that hold words from outside. The others are facts, which a resumed run reads back as they were."""


def masked(event: E, redactor: Redactor) -> E:
    """The event as it is kept: the one place where a run's secrets are masked."""
    values = {name: getattr(event, name) for name in TEXTS & type(event).model_fields.keys()}
    return event.model_copy(update={name: redactor.mask(value) for name, value in values.items()})


class Recorder:
    """One run's pen. Whoever loses the compare-and-set on its sequence gets Overtaken, and stops."""

    def __init__(self, run: str, journal: Journal, context: RunContext, sink: Sink, records: list[Record]) -> None:
        self.id, self._journal, self._context, self._sink = run, journal, context, sink
        self._run = fold(records) if records else None
        for record in records:
            context.mirror.add(record)

    @property
    def run(self) -> Run:
        if self._run is None:
            raise ValueError("nothing is recorded yet")
        return self._run

    async def __call__(self, event: Event) -> Run:
        seq = self._run.seq if self._run is not None else 0
        event = masked(event, self._context.site.redactor)
        gateway = self._context.gateway

        async def append() -> Record:
            return self._journal.append(self.id, seq, event, gateway.now())

        record = await gateway.do("append", f"{event.kind} {getattr(event, 'step', '')}".strip(), append)
        self._run = fold([record]) if self._run is None else apply(self._run, record)
        self._context.mirror.add(record)
        self._sink(record)
        return self._run
