"""A disarm of the engine's own: sent before anything is looked at, then observed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import CommandResult
from titan_flow.adapters.errors import Fenced, Unreachable
from titan_flow.states.model import Patience
from titan_flow.states.values import Answer, Interlock, Observation
from titan_flow.workflow.engine.faults import describe
from titan_flow.workflow.engine.observe import Vantage, observe, settle

UNSEEN = Observation(Answer.UNKNOWN, "sent before anything was looked at")
"""what an action is told that acts before any look"""
Send = Callable[[], Awaitable[CommandResult]]


@dataclass(frozen=True, slots=True)
class Disarmed:
    """`sent`: something took it. `confirmed`: every service that holds the interlock said so. `says`: what was seen."""

    sent: bool
    confirmed: bool
    says: str

    @property
    def interlock(self) -> Interlock:
        return Interlock.DISARMED if self.confirmed else Interlock.UNKNOWN


async def send_first(action: Action, send: Send, within: float, patience: Patience, at: Vantage) -> Disarmed:
    """Sends, takes a baseline, and waits up to `within` seconds until it is confirmed. Raises Fenced alone.

    Only what is sent after a baseline is confirmed by what follows the baseline, so it is sent again where the baseline
    alone does not confirm it: twice is safe.
    """
    if (lost := await attempt(send, at)) is not None:
        return Disarmed(False, False, lost)
    seen = await baseline(action, patience, at)
    if seen.mark is not None and not seen.yes:
        await attempt(send, at)
        seen = await settle(action, seen.mark, within, patience, at)
    return Disarmed(True, seen.yes, seen.says)


async def attempt(send: Send, at: Vantage) -> str | None:
    """None once it is sent, else why it was not. Raises Fenced alone."""
    try:
        done = await send()
        return None if done.ok else done.reason() or f"exit {done.status}"
    except Fenced:
        raise
    except (Unreachable, TimeoutError) as lost:
        return str(lost) or "no answer in time"
    except Exception as fault:
        return at.site.redactor(describe(fault))


async def baseline(action: Action, patience: Patience, at: Vantage) -> Observation:
    """What stands there now, with its mark; yes where that alone confirms what was sent before. Raises Fenced alone."""
    seen = await observe(action, None, patience, at)
    return seen if seen.mark is None else await observe(action, seen.mark, patience, at)
