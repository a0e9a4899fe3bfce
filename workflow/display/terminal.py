"""What comes from hosts, logs and files never steers the operator's terminal."""

from __future__ import annotations

import re
import unicodedata

ESCAPE = "␛"
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    r"\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""C0 but for tab and line feed, DEL, C1, what turns the reading direction, ends a line or cannot be seen, and lone
surrogates. The joiners of scripts and emoji stay."""


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
