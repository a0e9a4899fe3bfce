"""Ctrl-C: the first (and SIGHUP) finishes the step, the second stops at once, and so does SIGTERM.

What does not stop within `GRACE` is ended from outside of the event loop: the journal is durable at every moment.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
GRACE = 15.0
"""seconds that closing may take, once it is to stop at once"""


class Stopped(Exception):
    """Stopped at once by a signal; what is recorded stays true, and the run is resumable."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


async def stoppable(
    work: Coroutine[Any, Any, T], stopping: asyncio.Event, say: Callable[[str], None], grace: float = GRACE
) -> T:
    """Runs `work`; sets `stopping` on the first Ctrl-C. Raises Stopped."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    killed, timers = list[int](), list[threading.Timer]()

    def at_once(number: int) -> None:
        if not killed:
            timers.append(threading.Timer(grace, os._exit, (128 + number,)))
            timers[0].daemon = True
            timers[0].start()
        killed.append(number)
        task.cancel()

    def gently(number: int) -> None:
        if stopping.is_set() and number == signal.SIGINT:
            at_once(number)
            return
        stopping.set()
        say("finishing this step, then stopping; Ctrl-C again stops at once")

    for number in (signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, gently, number)
    loop.add_signal_handler(signal.SIGTERM, at_once, signal.SIGTERM)
    try:
        return await task
    except asyncio.CancelledError:
        if killed:
            raise Stopped(killed[0]) from None
        raise
    finally:
        for timer in timers:
            timer.cancel()
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            loop.remove_signal_handler(number)
