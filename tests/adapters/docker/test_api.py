"""What the engine's API client makes of a peer that misbehaves; a real engine answers in tests/droplet."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from titan_flow.adapters.docker.api import LONGEST_REPLY, EngineApi, Reply
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.transport.local import LocalHost

OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineApi:
    """Of a `docker` whose `dial-stdio` does what the test writes into `docker`."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return EngineApi(LocalHost())


def peer(at: Path, script: str) -> None:
    (at / "docker").write_text(f"#!/bin/sh\nfirst() {{ head -c 20 >/dev/null; }}\n{script}\n")
    (at / "docker").chmod(0o755)


async def test_replies_in_one_piece_are_separated(api: EngineApi, tmp_path: Path) -> None:
    peer(tmp_path, f"first; printf '%b' '{OK}ab{OK}cd'; exec sleep 99")
    try:
        assert [one.body for one in await api.get(["/a", "/b"])] == [b"ab", b"cd"]
    finally:
        await api.close()


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("first; printf 'SSH-2.0-OpenSSH_9.6\\r\\n\\r\\n'; exec sleep 99", "something else than HTTP"),
        (f"first; printf '%b' '{OK}a'", "closed the connection"),
        ("echo 'permission denied while trying to connect' >&2; exit 1", "permission denied while trying to connect"),
        ("exec sleep 99", "no answer within 1 s"),
        ("first; head -c 1000000 /dev/zero | tr '\\0' a; exec sleep 99", "something else than HTTP"),
    ],
)
async def test_what_is_not_an_answer_is_unreachable(api: EngineApi, tmp_path: Path, script: str, says: str) -> None:
    peer(tmp_path, script)
    with pytest.raises(Unreachable, match=says):
        await api.get(["/_ping"], timeout=1.0 if script == "exec sleep 99" else 20.0)
    await api.close()


@pytest.mark.parametrize("date", ["Mon, 01 Jan 99999999999999 00:00:00 GMT", "Mon, 01 Jan 2020 00:00:00 +99999999999"])
async def test_a_date_that_no_clock_has_is_not_said(api: EngineApi, tmp_path: Path, date: str) -> None:
    peer(
        tmp_path,
        f"first; printf '%b' 'HTTP/1.1 200 OK\\r\\nDate: {date}\\r\\nContent-Length: 0\\r\\n\\r\\n'; exec sleep 99",
    )
    try:
        assert [one.date for one in await api.get(["/a"])] == [0.0]
    finally:
        await api.close()


def test_what_is_nested_too_deep_is_no_json() -> None:
    with pytest.raises(ValueError, match="nested too deep"):
        Reply(200, b"[" * 200_000).json()
    assert Reply(500, b"[" * 200_000).reason() == "status 500"


async def test_an_endless_reply_is_cut_and_the_next_question_is_still_answered(api: EngineApi, tmp_path: Path) -> None:
    endless = "printf 'HTTP/1.1 200 OK\\r\\n\\r\\n'; exec yes"
    peer(tmp_path, f"if mkdir {tmp_path}/once 2>/dev/null; then first; {endless}; fi; first; printf '%b' '{OK}ab'; cat")
    try:
        long, short = await api.get(["/logs", "/_ping"])
        assert (len(long.body), long.cut, short.body) == (LONGEST_REPLY, True, b"ab")
    finally:
        await api.close()


async def test_a_stream_that_was_lost_between_two_questions_is_opened_again(api: EngineApi, tmp_path: Path) -> None:
    peer(tmp_path, f"first; printf '%b' '{OK}ab'")
    try:
        for _ in range(3):
            assert (await api.get(["/_ping"]))[0].body == b"ab"
    finally:
        await api.close()


@pytest.mark.parametrize("when", ["in one piece", "later"])
async def test_what_follows_the_last_reply_answers_no_later_question(api: EngineApi, tmp_path: Path, when: str) -> None:
    more = f"printf '%b' '{OK}cd'" if when == "in one piece" else ""
    late = f"until [ -e {tmp_path}/asked ]; do sleep 0.01; done; printf '%b' '{OK}cd'; mkdir {tmp_path}/said; exec cat"
    answers = f"first; printf '%b' '{OK}ab{OK}cd'; exec cat" if more else f"first; printf '%b' '{OK}ab'; {late}"
    peer(tmp_path, f"if mkdir {tmp_path}/once 2>/dev/null; then {answers}; fi; first; printf '%b' '{OK}ef'; exec cat")
    try:
        assert [one.body for one in await api.get(["/a"])] == [b"ab"]
        (tmp_path / "asked").touch()
        while not more and not (tmp_path / "said").exists():
            await asyncio.sleep(0.01)
        assert [one.body for one in await api.get(["/b"])] == [b"ef"]
    finally:
        await api.close()


async def test_an_error_gives_the_message_of_the_engine(api: EngineApi, tmp_path: Path) -> None:
    body = r'{"message":"no such container: x\nmore"}'
    peer(
        tmp_path,
        f"first; printf 'HTTP/1.1 404 No\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n'; printf '%s' '{body}'",
    )
    (gone,) = await api.get(["/containers/x/json"])
    assert (gone.status, gone.reason()) == (404, "no such container: x")
    await api.close()
