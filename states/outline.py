"""Which records still say something of how a run stands: all but those that a later one has superseded.

Samples of a watch, attempts of a step, resumptions: thousands of records of which the last one counts. Whoever shows
where a run stands reads these records alone, and shows the same as from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from titan_flow.states import events as e
from titan_flow.states.run import Run, fold
from titan_flow.states.values import Interlock


@dataclass(frozen=True, slots=True)
class Outline:
    """Sequence numbers: `kept` count for good, `latest` until a later record has the same subject.

    `down` and `interlock` are what was seen last: a record that sees a change is kept, for downtime is counted by it.
    """

    kept: tuple[int, ...] = ()
    latest: Mapping[str, int] = field(default_factory=dict[str, int])
    down: tuple[str, ...] | None = None
    interlock: Interlock | None = None

    @property
    def numbers(self) -> list[int]:
        """Of the records that count, in order."""
        return sorted({*self.kept, *self.latest.values()})


SUPERSEDED = ("hold.looked", "attempt.failed", "step.intended")
"""kinds of which a later record may say all that counts"""
ONE_OF_ITS_KIND = ("watch.looked", "run.parked", "run.resumed", "driver.took", "interlock.seen")
"""kinds of which the last record counts at least; of every other kind each record does"""


def same_standing(one: Run, other: Run) -> bool:
    """Whether two folds say the same of what commands decide by; both know the last record."""
    return all(getattr(one, name) == getattr(other, name) for name in _STANDING)


_STANDING = (
    "state",
    "edge",
    "entering",
    "way",
    "outputs",
    "release",
    "interlock",
    "epoch",
    "driver",
    "parked",
    "failure",
    "asked",
    "withdrawn",
    "emergency",
    "waived",
    "bad",
    "ended",
    "given",
)


@dataclass(frozen=True, slots=True)
class Account:
    """How a run stands: the fold of all its records, and those of them that still say something of it."""

    run: Run
    records: list[e.Record]


def account_of(records: list[e.Record]) -> Account:
    """From all the records of a run. Raises ValueError where they do not begin with `run.started`."""
    return Account(fold(records), records)


def outlined(records: Iterable[e.Record], before: Outline | None = None) -> Outline:
    """The outline of these records, or of the ones that `before` is made of and these."""
    found = _Outlining(before or Outline())
    for record in records:
        found.take(record)
    return found.outline


class _Outlining:
    """A private copy that may change, for as long as records are added."""

    def __init__(self, before: Outline) -> None:
        self._kept, self._latest = [*before.kept], {**before.latest}
        self._down, self._interlock = before.down, before.interlock

    @property
    def outline(self) -> Outline:
        return Outline(tuple(self._kept), self._latest, self._down, self._interlock)

    def take(self, record: e.Record) -> None:
        event = record.event
        if isinstance(event, e.TransitionBegan | e.TransitionEnded | e.FailureDecided):
            self._kept += sorted(self._latest.values())
            self._latest = {}
        changed = [self._services_changed(event), self._interlock_changed(event)]
        subject = None if any(changed) else _subject(event)
        if subject is None:
            self._kept.append(record.seq)
        else:
            self._latest[subject] = record.seq

    def _services_changed(self, event: e.Event) -> bool:
        match event:
            case e.StepIntended(interrupts=names) if names:
                self._down = None  # whatever the next look finds is news
                return True
            case e.HoldLooked(down=names) | e.WatchLooked(down=names) | e.StepDone(down=names) if names is not None:
                before, self._down = self._down, names
                return names != before
            case _:
                return False

    def _interlock_changed(self, event: e.Event) -> bool:
        match event:
            case e.RunStarted() | e.InterlockSeen() | e.StepDone() | e.RunEnded() if event.interlock is not None:
                before, self._interlock = self._interlock, event.interlock
                return event.interlock is not before
            case _:
                return False


def _subject(event: e.Event) -> str | None:
    """What it speaks of, where a later record of the same subject says all that counts."""
    match event:
        case e.AttemptFailed(client=views) if views is not None:
            return None  # each saw an outage of its own
        case e.AttemptFailed(step=step) | e.StepIntended(step=step):
            return f"{event.kind} {step}"
        case e.HoldLooked(samples=samples):
            return f"{event.kind} {'counted' if samples else 'not'}"
        case e.WatchLooked() | e.RunParked() | e.RunResumed() | e.DriverTook() | e.InterlockSeen():
            return event.kind
        case _:
            return None
