"""How a script's answer is told from everything else on its streams: by a nonce that only the script knows."""

from __future__ import annotations

import secrets
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """`name` and `words` of its head line, and the bytes that follow it up to the next head."""

    name: str
    words: tuple[str, ...]
    body: bytes


def nonce() -> str:
    """128 random bits: output that contains it by chance or malice does not happen."""
    return f"tf{secrets.token_hex(16)}"


def frames(raw: bytes, token: str) -> list[Frame] | None:
    """The frames of a stream, or None where it was cut off before its `end`.

    Whatever stands before the first frame (a login shell's greeting) is dropped.
    """
    found = list[Frame]()
    for piece in raw.split(b"\n" + token.encode() + b" ")[1:]:
        head, _, body = piece.partition(b"\n")
        name, *words = head.decode(errors="replace").split(" ")
        if name == "end":
            return found
        found.append(Frame(name, tuple(words), body))
    return None
