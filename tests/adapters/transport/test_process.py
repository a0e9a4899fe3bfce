"""Children that never outlive their deadline, and what is kept of what they say."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from titan_flow.adapters.transport.process import LONGEST_LINE, ended, fed, lines, started


async def test_streams_and_status_of_a_child() -> None:
    said = await fed(("sh", "-c", "cat; echo oh >&2; exit 3"), "in\udcff", 10, 1000)
    assert (said.status, said.out, said.err, said.cut) == (3, b"in\xff", b"oh\n", False)


@pytest.mark.parametrize(("limit", "out", "cut"), [(4, b"1234", True), (5, b"12345", False), (0, b"", True)])
async def test_output_is_cut_and_says_so(limit: int, out: bytes, cut: bool) -> None:
    said = await fed(("printf", "12345"), "", 10, limit)
    assert (said.out, said.cut, said.status) == (out, cut, 0)


async def test_a_child_that_reads_nothing_is_no_error() -> None:
    assert (await fed(("true",), "x" * 1_000_000, 10, 10)).status == 0


async def test_at_its_deadline_it_is_gone_with_its_own(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! >{tmp_path}/pid; wait"
    with pytest.raises(TimeoutError):
        await fed(("sh", "-c", script), "", 0.3, 10)
    state = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


@pytest.mark.parametrize("name", ["BASH_ENV", "ENV", "IFS", "LD_PRELOAD", "BASH_FUNC_echo%%", "POSIXLY_CORRECT"])
async def test_no_variable_changes_how_a_shell_reads_a_script(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("KEPT", "yes")
    said = await fed(("env",), "", 10, 100_000)
    assert f"{name}=".encode() not in said.out and b"KEPT=yes\n" in said.out


async def test_no_program_is_taken_from_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f".::bin:{os.environ['PATH']}")
    said = await fed(("env",), "", 10, 100_000)
    path = next(line for line in said.out.decode().splitlines() if line.startswith("PATH="))
    assert all(place.startswith("/") for place in path.removeprefix("PATH=").split(":"))


async def test_it_is_in_a_session_of_its_own() -> None:
    process = await started(("sleep", "60"))
    assert os.getsid(process.pid) == process.pid
    await ended(process)
    assert process.returncode == -9
    await ended(process)  # twice does no harm


@pytest.mark.parametrize(
    ("pieces", "found"),
    [
        ([b"a\nb\n"], [b"a", b"b"]),
        ([b"a", b"b\nc"], [b"ab", b"c"]),
        ([b"\n\n"], [b"", b""]),
        ([], []),
        ([b"x" * (LONGEST_LINE + 5) + b"\nnext\n"], [b"x" * LONGEST_LINE, b"next"]),
        ([b"x" * LONGEST_LINE, b"y" * LONGEST_LINE, b"\nnext\n"], [b"x" * LONGEST_LINE, b"next"]),
    ],
    ids=["lines", "torn", "empty", "nothing", "long", "long in pieces"],
)
async def test_of_each_line_the_beginning(pieces: list[bytes], found: list[bytes]) -> None:
    stream = asyncio.StreamReader()
    reading = asyncio.create_task(_all(stream))
    for piece in pieces:
        stream.feed_data(piece)
        await asyncio.sleep(0)
    stream.feed_eof()
    assert await reading == found


async def _all(stream: asyncio.StreamReader) -> list[bytes]:
    return [line async for line in lines(stream)]
