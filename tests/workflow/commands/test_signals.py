"""SIGTERM and a second Ctrl-C always stop the process, whatever it is waiting for. Real processes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

STUCK = """
import asyncio, sys, time
from titan_flow.workflow.commands.signals import stoppable

async def work():
    try:
        print("started", flush=True)
        await asyncio.sleep(600)
    finally:
        {closing}

asyncio.run(stoppable(work(), asyncio.Event(), lambda text: print(text, flush=True), grace=0.5))
"""
CLOSING = {"blocks the event loop": "time.sleep(600)", "waits for ever": "await asyncio.Event().wait()"}


@pytest.mark.parametrize("closing", CLOSING)
@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=["TERM", "INT INT"])
def test_what_does_not_close_is_ended(closing: str, signals: list[signal.Signals]) -> None:
    script = STUCK.format(closing=CLOSING[closing])
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        for number in signals:
            process.send_signal(number)
            if number is signal.SIGINT and len(signals) == 2 and number is signals[0]:
                process.stdout.readline()
        assert process.wait(60) == 128 + signals[-1]
