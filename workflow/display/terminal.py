"""What comes from hosts, logs and files never steers the operator's terminal."""

from __future__ import annotations

import re
import unicodedata

ESCAPE = "␛"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 but for tab and line feed, DEL, C1, what turns the reading direction, and lone surrogates"""


def visible(text: str) -> str:
    """Control characters shown as `␛`; lines and tabs stay."""
    return _CONTROLS.sub(ESCAPE, text)


def one_line(text: str, longest: int = 0) -> str:
    """The text on one line, cut with `…` where it is wider than `longest` columns (0: never)."""
    flat = " ".join(visible(text).split())
    return flat if not longest or width(flat) <= longest else f"{cut(flat, max(0, longest - 1))}…"


def width(text: str) -> int:
    """Columns on a terminal."""
    return sum(_columns(letter) for letter in text)


def cut(text: str, columns: int) -> str:
    used, kept = 0, list[str]()
    for letter in text:
        used += _columns(letter)
        if used > columns:
            break
        kept.append(letter)
    return "".join(kept)


def _columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
