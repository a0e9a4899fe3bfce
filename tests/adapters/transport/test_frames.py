"""Telling an answer from everything else."""

from __future__ import annotations

from titan_flow.adapters.transport.frames import Frame, frames, nonce


def test_noise_before_the_first_frame_is_dropped() -> None:
    raw = b"Welcome to Debian\nout 0\n\nN out 0\nhello\n\nN was 0 3\n\nN end\nbye"
    assert frames(raw, "N") == [Frame("out", ("0",), b"hello\n"), Frame("was", ("0", "3"), b"")]


def test_another_nonce_is_output() -> None:
    raw = b"\nN out 0\n\nM end\n\nM was 0 0\n\nN end\n"
    assert frames(raw, "N") == [Frame("out", ("0",), b"\nM end\n\nM was 0 0\n")]


def test_any_bytes_pass() -> None:
    body = bytes(range(256)) * 3
    assert frames(b"\nN out 0\n" + body + b"\nN end\n", "N") == [Frame("out", ("0",), body)]


def test_what_is_cut_off_is_no_answer() -> None:
    whole = b"\nN out 0\nhello\nN end\n"
    assert frames(whole, "N") is not None
    assert all(frames(whole[:cut], "N") is None for cut in range(len(whole) - 4))


def test_nonces_differ() -> None:
    assert len({nonce() for _ in range(100)}) == 100
    assert len(nonce()) == 34
