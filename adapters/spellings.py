"""The spellings in which one secret shows up: as it stands, escaped, URL-encoded, in HTML, quoted, in base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache

SHORTEST = 6
"""characters: a shorter secret is not masked"""
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_LETTERS = {"\n": "n", "\r": "r", "\t": "t"}
_ENTITIES = {'"': "quot", "'": "apos", "&": "amp", "<": "lt", ">": "gt"}
_BASE64 = {"+": r"(?:[+-]|%2[Bb])", "/": r"(?:\\?/|_|%2[Ff])"}

Spelling = tuple[str, ...]
"""fragments of a regular expression, one for each character of a secret"""


def spellings(secret: str) -> Iterator[Spelling]:
    """Every form that JSON, a URL, HTML, a shell or an encoder may give it."""
    if secret.isdecimal():
        # Digits are part of many hashes, and those have to stay as they are.
        yield (r"(?<![0-9A-Za-z])" + secret[0], *secret[1:-1], secret[-1] + r"(?![0-9A-Za-z])")
    else:
        yield tuple(map(_fragment, secret))
    raw = secret.encode(errors="surrogateescape")
    for offset in range(3):
        inside = _inside(raw, offset)
        if len(inside) >= SHORTEST:
            yield (*(_BASE64.get(letter, letter) for letter in inside[:-1]), _last(inside[-1]))


def cores(secret: str) -> set[str]:
    """Texts of which one is in every text that shows the secret in some spelling: a fast first question."""
    raw = secret.encode(errors="surrogateescape")
    texts = [secret, *(_inside(raw, offset) for offset in range(3))]
    return {max(_PLAIN.findall(text), key=len, default="") for text in texts}


def _inside(raw: bytes, offset: int) -> str:
    """The characters of a base64 text that depend on `raw` alone, where `offset` (0 to 2) other bytes stand before."""
    text = base64.b64encode(bytes(offset) + raw).decode()
    return text[(0, 2, 3)[offset] : (offset + len(raw)) * 8 // 6]


def _last(letter: str) -> str:
    return _BASE64.get(letter, letter) + r"(?:[A-Za-z0-9+/_-]?=+)?"


@cache
def _fragment(letter: str) -> str:
    """One character in all its spellings. Letters and digits have one: no encoder changes them."""
    if letter.isascii() and (letter.isalnum() or letter in "_-."):
        return re.escape(letter)
    code = ord(letter)
    ways = [r"\\{1,4}" if letter == "\\" else r"\\{0,4}" + re.escape(letter)]
    raw = letter.encode(errors="surrogateescape")
    ways.append("".join(f"%(?:25)?{_hex(byte, 2)}" for byte in raw))
    units = letter.encode("utf-16-be", errors="surrogatepass")
    pairs = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    ways.append("".join(rf"\\{{1,2}}u{_hex(pair, 4)}" for pair in pairs))
    ways.append(rf"&(?:amp;)?#(?:0*{code}|[xX]0*{_hex(code, 1)});")
    if letter in _ENTITIES:
        ways.append(f"&(?:amp;)?{_ENTITIES[letter]};")
    if letter in _LETTERS:
        ways.append(r"\\{1,2}" + _LETTERS[letter])
    if letter == " ":
        ways.append(r"\+")
    if letter == "'":
        ways += [r"'\\\\?''", "'\\\\?\"'\\\\?\"'"]
    if code < 256:
        ways.append(rf"\\{{1,2}}x{_hex(code, 2)}")
    return f"(?:{'|'.join(reversed(ways))})"


def _hex(number: int, digits: int) -> str:
    """Its hex digits in either case."""
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in f"{number:0{digits}x}")
