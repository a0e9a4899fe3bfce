"""Kinds of arguments that several adapters share, each with words for what is wrong with a bad one."""

from __future__ import annotations

import json
import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from titan_flow.adapters.patterns import problem
from titan_flow.states.durations import seconds
from titan_flow.states.values import Json

CHANGED = Field(
    default=None,
    description="the thing that it changes, in a word (`schema`). A recovery step that changes the same undoes it. "
    "`nothing`: there is nothing to undo. Default: the name of the program or subject",
)
Changed = Annotated[str | None, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ -]{0,63}$")]

LONGEST_SUBJECT = 255
_DECIMAL = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS = {**_DECIMAL, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SIZE = re.compile(rf"(\d+(?:\.\d+)?) ?({'|'.join(_UNITS)})")


def _seconds(value: object) -> float:
    if isinstance(value, float):
        return value  # a default of ours
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a duration; write it like 500ms, 30s, 2m or 1m30s")
    return seconds(value)


def _compiles(value: str) -> str:
    if (wrong := problem(value)) is not None:
        raise ValueError(f"{value!r} is not a regular expression: {wrong}")
    return value


def _one_group(value: str) -> str:
    if re.compile(_compiles(value)).groups != 1:
        raise ValueError(f"{value!r} needs exactly one group, (…) around the part that is meant")
    return value


def _subject(value: str) -> str:
    if len(value) > LONGEST_SUBJECT or not all(value.split(".")) or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise ValueError(f"{value!r} is not a NATS subject: words joined by dots, no spaces, at most 255 characters")
    if {"*", ">"} & set(value.split(".")):
        raise ValueError(f"{value!r} has a wildcard: one publishes to one subject")
    return value


def _path(value: str) -> str:
    if not value or value.startswith("-") or re.search(r"[\x00\r\n]", value):
        raise ValueError(f"{value!r} is not a path that can be read")
    return value


def address(value: str, schemes: tuple[str, ...], like: str, credentials: str = "") -> SplitResult:
    """The parts of a server's address. Raises ValueError: `like` says what is one, `credentials` where they belong."""
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        raise ValueError(f"{value!r} is not a URL") from None
    if url.username or url.password:
        raise ValueError("do not put credentials in a URL" + (f"; use {credentials}" if credentials else ""))
    if url.scheme not in schemes or not url.hostname or port == 0 or re.search(r"[\s\x00-\x1f]", value):
        raise ValueError(f"{value!r} is not {like}")
    return url


def size(text: object) -> int:
    """`2GB` -> 2000000000 bytes; GiB and the like are powers of 1024. Raises ValueError on anything else."""
    found = _SIZE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is not a size; write it like 500MB, 2GB or 1.5GiB")
    return int(float(found[1]) * _UNITS[found[2]])


def amount(count: int) -> str:
    """2000000000 -> `2.0 GB`."""
    for unit in ("TB", "GB", "MB", "kB"):
        if count >= _UNITS[unit]:
            return f"{count / _UNITS[unit]:.1f} {unit}"
    return f"{count} B"


Duration = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|[smhd]))+$", "examples": ["30s", "1m30s"]}),
]
"""Written `30s`, `1m30s`, `500ms`; held as seconds."""
Size = Annotated[
    int,
    BeforeValidator(size),
    WithJsonSchema({"type": "string", "pattern": f"^{_SIZE.pattern}$", "examples": ["500MB", "2GB", "1.5GiB"]}),
]
"""Written `2GB`; held as bytes."""
Pattern = Annotated[str, AfterValidator(_compiles)]
"""A Python regular expression, searched for anywhere in a line."""
Capture = Annotated[str, AfterValidator(_one_group)]
"""A regular expression with exactly one group: what is meant."""
Subject = Annotated[str, AfterValidator(_subject)]
Path = Annotated[str, AfterValidator(_path)]
"""A file's path; relative ones start at the flow's directory."""
Payload = dict[str, Json] | str


def encoded(payload: Payload) -> bytes:
    """A mapping as compact JSON, a string as it is; UTF-8."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def things(changed: str | None, own: str) -> tuple[str, ...]:
    """What a generic action changes: what it says, or a thing that bears its own name."""
    return () if changed == "nothing" else (changed or own,)
