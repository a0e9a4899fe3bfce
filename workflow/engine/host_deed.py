"""What a host did by itself, as the event that a run's journal keeps of it."""

from __future__ import annotations

from titan_flow.adapters.guard.fallback import HostDeed
from titan_flow.states.events import HostActed

LONGEST_REASON = 500
"""characters kept of what the host's last try said"""


def acted(did: HostDeed) -> HostActed:
    """The host's words are bounded: it may say what it likes."""
    return HostActed(
        epoch=did.epoch,
        began=did.at[:40],
        silent=did.silent,
        do=did.do,
        state=did.state,
        tries=did.tries,
        driver=did.driver[:200],
        says=did.why[-LONGEST_REASON:],
    )
