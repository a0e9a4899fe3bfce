"""What is wrong with a spec: where, what, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST = 60
"""characters of somebody's text that a message repeats"""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Lines and columns count from 1; 0 where the file as a whole could not be read."""

    path: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{where}: {_plain(self.text)}"


class SpecError(ValueError):
    """The spec cannot be used. `mistakes` are all that were found, in the file's order."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.mistakes)
        lines = [str(mistake) for mistake in self.mistakes]
        return "\n".join([*lines, f"{count} mistake{'s' * (count != 1)}; nothing was touched"])


def quote(text: object) -> str:
    """Somebody's text, fit for a message: in backquotes, on one line, without control characters, cut if long."""
    shown = _plain(str(text)[: LONGEST + 1])
    return f"`{shown[:LONGEST]}…`" if len(shown) > LONGEST else f"`{shown}`"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "·" for c in text)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that the word resembles; empty where none does."""
    from difflib import get_close_matches

    names = {name.lower(): name for name in known}
    close = get_close_matches(word.lower()[:LONGEST], names, n=1, cutoff=0.6)
    return names[close[0]] if close else ""


def meant(word: str, known: Iterable[str]) -> str:
    """` (did you mean Up?)`, or nothing where no known name is near."""
    near = nearest(word, known)
    return f" (did you mean {near}?)" if near else ""


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end
