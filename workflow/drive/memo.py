"""The brake's own entry in the journal, written after the fact, and never a reason not to brake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titan_flow.adapters.base import Refused, Unreachable
from titan_flow.states.events import Event, InterlockSeen, RunEnded, RunStarted
from titan_flow.states.words import Interlock, Outcome
from titan_flow.workflow.drive.operator import operator
from titan_flow.workflow.drive.version import version

if TYPE_CHECKING:
    from titan_flow.workflow.spec import Spec


async def remember(store: str | None, spec: Spec, reason: str, confirmed: bool, says: str) -> str | None:
    """Records a disarm as a run of its own; None once it is, else why it could not be."""
    from titan_flow.adapters.port import Port
    from titan_flow.workflow.drive.place import reach
    from titan_flow.workflow.drive.trip import new_id
    from titan_flow.workflow.journal import JournalError, open_journal

    seen = Interlock.DISARMED if confirmed else Interlock.UNKNOWN
    try:
        place = await reach(spec)
        await place.site.close()
        journal = open_journal(store)
    except (Unreachable, Refused, JournalError) as lost:
        return str(lost)
    started = RunStarted(
        purpose="disarm",
        flow=spec.flow.name,
        environment=place.environment,
        target=place.target,
        spec=spec.text,
        spec_sha256=spec.sha256,
        params={"reason": reason},
        operator=operator(),
        version=version(),
        interlock=Interlock.UNKNOWN,
        state=spec.flow.initial.name,
    )
    ended = RunEnded(state=started.state, outcome=Outcome.STOPPED, interlock=seen, says=says)
    events: list[Event] = [started, InterlockSeen(interlock=seen, says=says), ended]
    run, now = new_id(), Port().now
    try:
        for seq, event in enumerate(events):
            journal.append(run, seq, event, now())
    except JournalError as lost:
        return str(lost)
    finally:
        journal.close()
    return None
