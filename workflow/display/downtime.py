"""How long each service was down, at most, as the journal saw it; and how long a client was not served.

A service is down from the intent of an act that interrupts it, or from the first look that found it not serving, to the
first look that found it serving again. Nothing is parsed out of sentences: records say it in `interrupts` and `down`.
Journals from before these fields say nothing, so no downtime is shown for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from titan_flow.states import events as e
from titan_flow.states.values import Answer


def outages(records: Sequence[e.Record]) -> dict[str, float]:
    """Seconds by service. What never came back counts to the last record. In a first deployment nothing was up."""
    if not records or _first(records):
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


def client_outages(records: Sequence[e.Record]) -> dict[str, float] | None:
    """Seconds by address that a client was not served, as it was asked while actions ran and by the checks behind them.

    None where no address was asked. In a first deployment nobody was served before.
    """
    if not records or _first(records):
        return None
    seen, address_of = _Outages(), dict[str, str]()
    for record in records:
        match record.event:
            case e.StepDone(client=views) | e.AttemptFailed(client=views) if views is not None:
                for view in views:
                    address_of |= dict.fromkeys(view.checks, view.address)
                    seen.viewed(view)
            case e.StepDone(step=step) if step in address_of:
                seen.back(address_of[step], record.at)
            case e.FailureDecided(step=step, answer=Answer.NO) if step in address_of:
                seen.gone((address_of[step],), record.at)
            case _:
                pass
    seen.looked((), records[-1].at)
    return seen.total if address_of else None


def _first(records: Sequence[e.Record]) -> bool:
    first = records[0].event
    return isinstance(first, e.RunStarted) and first.first and first.previous is None


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
            self.back(name, at)
        self.gone(missing, at)

    def viewed(self, view: e.ClientView) -> None:
        """Adds what was seen of one address; an outage without an end goes on."""
        self.total.setdefault(view.address, 0.0)
        for since, until in view.away:
            self.gone((view.address,), since)
            if until is not None:
                self.back(view.address, until)

    def back(self, name: str, at: datetime) -> None:
        if (since := self._since.pop(name, None)) is not None:
            self.total[name] = self.total.get(name, 0.0) + (at - since).total_seconds()
