"""Patience, as tenacity policies over a count that the journal keeps (its own loop cannot start at attempt 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from titan_flow.states.model import Patience

if TYPE_CHECKING:
    from tenacity import RetryCallState

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0
"""seconds between two looks that wait for a yes"""


def longer(pause: float) -> float:
    """The pause after that one, in looks that wait for a yes."""
    return min(pause * 1.5, LONGEST_PAUSE)


def pause(patience: Patience, attempt: int) -> float | None:
    """Seconds to wait after the failed attempt of that number (from 1); None where it was the last."""
    from tenacity import stop_after_attempt, wait_random_exponential

    state = _state(attempt)
    if stop_after_attempt(patience.attempts)(state):
        return None
    return wait_random_exponential(multiplier=patience.wait_min, min=patience.wait_min, max=patience.wait_max)(state)


def _state(attempt: int) -> RetryCallState:
    from tenacity import AsyncRetrying, RetryCallState

    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = attempt
    return state
