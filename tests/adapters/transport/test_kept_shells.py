"""Shells that stay open, on real shells."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.base import Said
from titan_flow.adapters.transport.kept_shells import KeptShells, _until  # pyright: ignore[reportPrivateUsage]
from titan_flow.adapters.transport.process import ended, started


class Spawned:
    """How many shells were started; each is ended with the test."""

    def __init__(self, *argv: str) -> None:
        self.argv, self.shells = argv, list[Process]()

    async def __call__(self) -> Process:
        self.shells.append(await started(self.argv))
        return self.shells[-1]


@pytest.fixture(params=["sh -s", "bash --posix -s", "busybox sh -s"])
async def spawned(request: pytest.FixtureRequest) -> AsyncIterator[Spawned]:
    spawned = Spawned(*request.param.split())
    yield spawned
    for shell in spawned.shells:
        await ended(shell)


@pytest.fixture
def kept(spawned: Spawned) -> KeptShells:
    return KeptShells(spawned)


async def say(kept: KeptShells, text: str, limit: int = 100_000, timeout: float = 30) -> Said:
    return await kept.run(text, timeout, limit)


async def test_one_shell_serves_all_that_is_asked_in_sequence(kept: KeptShells, spawned: Spawned) -> None:
    for number in range(10):
        said = await say(kept, f"echo {number}; echo oh >&2; exit {number}")
        assert (said.status, said.out, said.err, said.cut) == (number, b"%d\n" % number, b"oh\n", False)
    assert len(spawned.shells) == 1


async def test_what_answers_with_no_status_is_no_shell() -> None:
    """It knows our word for the end: it has read the script."""
    answers = r"sed -u -n 's/^printf .* \(tf[0-9a-f]*\) \"$?\".*/\n\1 what\n/p' | tee /dev/stderr"
    with pytest.raises(Unreachable, match="something else than a status"):
        await say(KeptShells(Spawned("sh", "-c", answers)), "true", timeout=20)


async def test_a_script_leaves_nothing_behind(kept: KeptShells, tmp_path: Path) -> None:
    await say(
        kept, f"cd {tmp_path}; A=1; export A; f() {{ :; }}; set -f; umask 0; exec >/dev/null; trap 'echo no' EXIT"
    )
    said = await say(kept, "echo ${A-unset} *; type f >/dev/null 2>&1 || echo no f; umask")
    assert said.out.startswith(b"unset ") and b"unset *" not in said.out
    assert b"no f\n" in said.out and not said.out.endswith(b"0000\n")


async def test_what_runs_at_once_has_a_shell_each(kept: KeptShells, spawned: Spawned, tmp_path: Path) -> None:
    meets = f"true >{tmp_path}/$0; while [ ! -e {tmp_path}/a ] || [ ! -e {tmp_path}/b ]; do sleep 0.01; done"
    await asyncio.gather(say(kept, meets.replace("$0", "a")), say(kept, meets.replace("$0", "b")))
    await asyncio.gather(say(kept, "true"), say(kept, "true"))
    assert len(spawned.shells) == 2


async def test_a_script_has_no_input(kept: KeptShells) -> None:
    assert (await say(kept, "cat; echo end")).out == b"end\n"
    assert (await say(kept, "echo next")).out == b"next\n"


async def test_long_output_is_cut_and_the_shell_is_kept(kept: KeptShells, spawned: Spawned) -> None:
    flood = "head -c 3000000 /dev/zero; head -c 200000 /dev/zero >&2; exit 4"
    said = await say(kept, flood, limit=1000)
    assert (said.status, said.out, said.err, said.cut) == (4, bytes(1000), bytes(1000), True)
    assert (await say(kept, "printf exact", limit=5)) == Said(0, b"exact", b"", cut=False)
    assert len(spawned.shells) == 1


async def test_a_shell_that_gave_no_answer_in_time_is_not_used_again(kept: KeptShells, spawned: Spawned) -> None:
    with pytest.raises(TimeoutError):
        await say(kept, "while :; do sleep 0.1; done", timeout=0.3)
    assert spawned.shells[0].returncode is not None
    assert (await say(kept, "echo next")).out == b"next\n"


async def test_what_a_left_over_process_says_comes_before_the_next_answer(kept: KeptShells, tmp_path: Path) -> None:
    """There our frames drop it, like the greeting of a login."""
    later = f"{{ while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; echo late; true >{tmp_path}/said; }} &"
    assert (await say(kept, later)).out == b""
    (tmp_path / "go").touch()
    while not (tmp_path / "said").exists():
        await asyncio.sleep(0.01)
    assert (await say(kept, "echo mine")).out == b"late\nmine\n"


async def test_a_script_that_is_none_ends_its_shell_alone(kept: KeptShells, spawned: Spawned) -> None:
    said = await say(kept, "echo never; fi")
    assert said.status != 0 and b"never" not in said.out
    assert (await say(kept, "echo next")).out == b"next\n"


async def test_a_killed_shell_is_replaced(kept: KeptShells, spawned: Spawned) -> None:
    await say(kept, "true")
    spawned.shells[0].kill()
    await spawned.shells[0].wait()
    assert (await say(kept, "echo next")).out == b"next\n"


async def test_closing_ends_what_is_idle(kept: KeptShells, spawned: Spawned) -> None:
    await say(kept, "true")
    await kept.close()
    assert all(shell.returncode is not None for shell in spawned.shells)


MARK = b"\ntoken "


@given(
    before=st.binary(max_size=60).filter(lambda raw: b"token" not in raw),
    after=st.binary(max_size=8),
    status=st.integers(0, 255),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=60),
    limit=st.integers(0, 70),
)
def test_the_mark_is_found_however_the_stream_is_cut(
    before: bytes, after: bytes, status: int, sizes: list[int], limit: int
) -> None:
    whole = before + MARK + b"%d\n" % status + after

    async def found() -> tuple[bytes, int | None, bool]:
        stream = asyncio.StreamReader()

        async def feed() -> None:
            rest, turn = whole, 0
            while rest:
                size = sizes[turn % len(sizes)]
                stream.feed_data(rest[:size])
                rest, turn = rest[size:], turn + 1
                await asyncio.sleep(0)
            stream.feed_eof()

        feeding = asyncio.create_task(feed())
        answer = await _until(stream, MARK, limit)
        await feeding
        return answer

    assert asyncio.run(found()) == (before[:limit], status, len(before) > limit)
