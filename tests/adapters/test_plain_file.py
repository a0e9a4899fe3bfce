"""Which files are read, and how much of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from titan_flow.adapters.plain_file import Unreadable, is_plain, opened, plain_bytes


def test_a_file_and_a_link_to_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "b").symlink_to("a")
    assert plain_bytes(tmp_path / "b", 5) == b"12345"
    assert plain_bytes(tmp_path / "a", 3) == b"1234", "one byte more says that there is more"
    assert is_plain(str(tmp_path / "b"))


def test_what_is_no_file_is_named_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, why in {
        str(tmp_path / "pipe"): "it is a pipe",
        str(tmp_path): "it is a folder",
        "/dev/zero": "it is a device",
        "/dev/ptmx": "it is a device",
        "/proc/self/mem": "Input/output error",
        str(tmp_path / "none"): "No such file or directory",
        "a\0b": "null byte",
        "x" * 5000: "File name too long",
    }.items():
        with pytest.raises(Unreadable, match=why):
            plain_bytes(path, 10)
        assert not is_plain(path) or path == "/proc/self/mem"


def test_an_error_of_the_reader_stays_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(ValueError, match="mine") as raised, opened(tmp_path / "a"):
        raise ValueError("mine")
    assert not isinstance(raised.value, Unreadable)
