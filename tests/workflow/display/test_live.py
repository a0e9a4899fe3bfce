"""The live path on a real terminal: a pty, a real process, real signals."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

import pytest

pytestmark = pytest.mark.slow

CODE = """
import asyncio, sys
from titan_flow.workflow.commands.signals import Stopped, stoppable
from titan_flow.workflow.display.progress import progress
from tests.workflow.display import stories

async def trip(shows, story):
    for record in story.records:
        shows.show(record)
    print("NOTE from below", file=sys.stderr, flush=True)
    if len(sys.argv) > 2:
        await asyncio.sleep(60)

async def main():
    story = getattr(stories, sys.argv[1])()
    shows = progress(stories.flow(), json=False, terminal=True)
    try:
        await stoppable(trip(shows, story), asyncio.Event(), lambda text: print(text, file=sys.stderr))
        return 0
    except Stopped as stopped:
        return stopped.code
    finally:
        shows.close()
        shows.close()

sys.exit(asyncio.run(main()))
"""
HIDES, SHOWS = b"\x1b[?25l", b"\x1b[?25h"


class Terminal:
    """A process on a pty of its own."""

    def __init__(self, *args: str, columns: int = 100, **env: str) -> None:
        self.seen = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # a shell's background job ignores them
                signal.signal(number, signal.SIG_DFL)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
            kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
            whole = {**kept, "TERM": "xterm-256color", "PYTHONPATH": os.getcwd(), **env}
            os.execve(sys.executable, [sys.executable, "-c", CODE, *args], whole)

    def until(self, text: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while text.encode() not in self.seen:
            assert time.monotonic() < end, f"{text!r} never came: {self.seen!r}"
            self._read(0.2)

    def ended(self) -> int:
        while self._read(20.0):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            got = os.read(self._fd, 65536)
        except OSError:
            return False
        self.seen += got
        return bool(got)

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen.decode(errors="replace")).replace("\r", "\n")


def test_the_last_frame_stays() -> None:
    terminal = Terminal("reached")
    assert terminal.ended() == 0
    last = terminal.text.rpartition("titan-prod → ")[2]
    assert "run 7Q3F · olga@laptop" in last
    assert re.search(r"✓ → Pulled +3\.3 s   2 new images", last)
    assert "○" not in last
    assert "NOTE from below" in terminal.text
    assert terminal.seen.endswith(b"\r\n")


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, None), (signal.SIGKILL, -9), (signal.SIGQUIT, -3), (signal.SIGHUP, None)],
)
def test_no_signal_leaves_the_cursor_hidden(number: int, code: int | None) -> None:
    terminal = Terminal("holding", "wait")
    terminal.until("holding 12 of 30 s")
    os.kill(terminal.pid, number)
    if code is None:  # the first Ctrl-C, and SIGHUP, are gentle
        terminal.until("finishing this step")
        os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.ended() == (143 if code is None else code)
    assert terminal.seen.count(HIDES) <= terminal.seen.count(SHOWS)
    assert b"\x1b[?1049h" not in terminal.seen  # it never leaves the scrollback


def test_colour_only_where_it_is_wanted() -> None:
    coloured, plain = Terminal("rolled_back"), Terminal("rolled_back", NO_COLOR="1")
    assert coloured.ended() == plain.ended() == 0
    assert re.search(rb"\x1b\[[0-9;]*3[1-6]m", coloured.seen)
    assert not re.search(rb"\x1b\[[0-9;]*(3[0-7]|9[0-7])m", plain.seen)
    assert "✗ → Verified" in plain.text


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    terminal = Terminal("rolled_back", columns=columns)
    assert terminal.ended() == 0
    assert "→ RolledBack" in terminal.text
    assert max(len(line) for line in terminal.text.splitlines()) <= columns


def test_a_dumb_terminal_gets_lines() -> None:
    terminal = Terminal("holding", TERM="dumb")
    assert terminal.ended() == 0
    assert "2026-11-24T14:02:03Z 7Q3F deploy of titan-prod" in terminal.text
    assert b"\x1b" not in terminal.seen
