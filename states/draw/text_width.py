"""How wide a text can be, at most: fonts differ, so the widest of the usual sans serif faces is assumed."""

from __future__ import annotations

import unicodedata

NAME, SMALL = 14.0, 11.5
"""sizes of type, in pixels"""

_NARROW = "iljI|.,:;'!·()[]/ tfr-"
_WIDE = "mwMWQO@%—→…✓●○"


def width(text: str, size: float, bold: bool = False) -> float:
    """Pixels."""
    return sum(map(_em, text)) * size * (1.08 if bold else 1.0)


def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.4
    if letter in _WIDE:
        return 1.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.15
    if not letter.isascii():
        return 0.85 if letter.isalpha() else 1.0
    return 0.72 if letter.isupper() else 0.6


def fitted(text: str, longest: int) -> str:
    """At most `longest` characters, with `…` in the middle of what is longer: names differ at both ends."""
    if len(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{text[: longest - 1 - half]}…{text[-half:]}"
