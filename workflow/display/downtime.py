"""How long each service was down, at most, as the journal saw it.

A service is down from the intent of an act that interrupts it, or from the first look that found it not serving, to the
first look that found it serving again. Nothing is parsed out of sentences: records say it in `interrupts` and `down`.
Journals from before these fields say nothing, so no downtime is shown for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from titan_flow.states import events as e


def outages(records: Sequence[e.Record]) -> dict[str, float]:
    """Seconds by service. What never came back counts to the last record. In a first deployment nothing was up."""
    if not records or (isinstance(first := records[0].event, e.RunStarted) and first.first and first.previous is None):
        return {}
    seen = _Outages()
    for record in records:
        match record.event:
            case e.StepIntended(interrupts=names) if names:
                seen.gone(names, record.at)
            case e.HoldLooked(down=names) | e.WatchLooked(down=names) | e.StepDone(down=names) if names is not None:
                seen.looked(names, record.at)
            case _:
                pass
    seen.looked((), records[-1].at)
    return seen.total


def measured(records: Sequence[e.Record]) -> bool:
    """Whether any look at services is on record with what it found."""
    return any(getattr(record.event, "down", None) is not None for record in records)


class _Outages:
    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self.total: dict[str, float] = {}

    def gone(self, names: Iterable[str], at: datetime) -> None:
        for name in names:
            self._since.setdefault(name, at)

    def looked(self, missing: Sequence[str], at: datetime) -> None:
        for name in [name for name in self._since if name not in missing]:
            self.total[name] = self.total.get(name, 0.0) + (at - self._since.pop(name)).total_seconds()
        self.gone(missing, at)
