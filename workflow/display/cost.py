"""What a run cost: time disarmed, and time that each service was down. From the journal alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from titan_flow.states import events as e
from titan_flow.states.durations import span
from titan_flow.states.values import Interlock
from titan_flow.workflow.display.downtime import client_outages, outages


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds. `disarmed` is None where the flow was never seen armed or disarmed; `down`: by service, at most."""

    whole: float
    disarmed: float | None = None
    still: bool = False
    """still disarmed at the last record"""
    down: dict[str, float] = field(default_factory=dict[str, float])
    client: dict[str, float] | None = None
    """seconds by address that a client was not served; None where none was asked"""

    def __str__(self) -> str:
        down = [f"{name} {span(spent)}" for name, spent in self.down.items() if spent >= 0.05]
        parts = [f"down, by the containers: {', '.join(down)}"] if down else []
        if self.client is not None:
            away = [f"{address} {span(spent)}" for address, spent in self.client.items() if spent >= 0.05]
            parts = [f"down, as a client saw it: {', '.join(away)}" if away else "a client saw no downtime"]
        if self.disarmed is not None and self.disarmed >= 0.05:
            parts.append(f"disarmed {span(self.disarmed)}" + (", and still is" if self.still else ""))
        return " · ".join(parts)


def cost(records: Sequence[e.Record]) -> Cost:
    """Of one run. Times are the writer's clock."""
    if not records:
        return Cost(0.0)
    whole = (records[-1].at - records[0].at).total_seconds()
    disarmed, still = _disarmed(records)
    return Cost(whole, disarmed, still, outages(records), client_outages(records))


def _disarmed(records: Sequence[e.Record]) -> tuple[float | None, bool]:
    """From each confirmed disarm to the next confirmed arm; what is unknown in between does not end it."""
    total, since, seen = 0.0, None, False
    for record in records:
        now = _interlock(record.event)
        seen = seen or now in (Interlock.ARMED, Interlock.DISARMED)
        if now is Interlock.DISARMED and since is None:
            since = record.at
        elif now is Interlock.ARMED and since is not None:
            total, since = total + (record.at - since).total_seconds(), None
    if since is not None:
        total += (records[-1].at - since).total_seconds()
    return (total if seen else None), since is not None


def _interlock(event: e.Event) -> Interlock | None:
    match event:
        case e.RunStarted() | e.InterlockSeen() | e.RunEnded() | e.StepDone():
            return event.interlock
        case _:
            return None
