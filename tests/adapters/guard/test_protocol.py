"""What is made of a guard's answer that is not one: a host may say what it likes, and files there may be damaged."""

from __future__ import annotations

import pytest

from titan_flow.adapters.guard.protocol import LOST, holder_of, number, outcome
from titan_flow.adapters.transport.frames import Frame


@pytest.mark.parametrize("line", ["", "0", "0 1.5", "x 1.5 2.5 60", "0 a b c", "0 1.5 2.5 ", "\u0661 1 2 -"])
def test_a_damaged_status_is_a_job_without_one(line: str) -> None:
    done = outcome([Frame("status", tuple(line.split(" ")), b"")])
    assert done is not None and done.status == LOST and "without a status" in done.err


def test_a_padded_status_is_read() -> None:
    done = outcome([Frame("status", ("3", "1.5", "2.5", "60", "", "", ""), b"")])
    assert done is not None and (done.status, done.timed_out) == (3, False)


@pytest.mark.parametrize("words", [(), ("",), ("many",), ("1e3",), ("9" * 5000,)])
def test_what_is_no_number_is_none(words: tuple[str, ...]) -> None:
    assert number([Frame("epoch", words, b"")], "epoch") is None


def test_a_holder_whose_words_cannot_be_read_is_still_the_holder() -> None:
    held = holder_of([Frame("holder", ("RUN", "4", "now", "yes"), b"[" * 100_000)])
    assert held is not None and (held.run, held.alive, held.who) == ("RUN", "yes", {})
