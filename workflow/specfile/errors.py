"""What is wrong with a spec: where, what, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST = 60
"""characters of foreign text that a message repeats"""
SHOWN = 12
"""names of a path, and lines, that a message shows; the middle of more is left out"""
MOST = 100
"""mistakes of one spec; the search ends there"""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """Lines and columns count from 1; 0 where the file as a whole could not be read."""

    path: str
    line: int
    column: int
    text: str
    rule: str = ""
    """the property that fails, where it was a proof that found it"""
    counter: tuple[str, ...] = ()
    """the path on which it fails, whole, as names of states and recoveries"""
    involved: tuple[tuple[str, int, int], ...] = ()
    """name, line and column of all that has a part in it, in the order of the path"""

    @property
    def where(self) -> str:
        path = _plain(self.path)
        return f"{path}:{self.line}:{self.column}" if self.line else path

    @property
    def plain(self) -> str:
        """What is wrong, on one line, without where."""
        return _plain(self.text)

    def __str__(self) -> str:
        return f"{self.where}: {self.plain}"

    @property
    def more(self) -> str:
        """The path, where the text does not show it, and the lines that it goes through; often nothing."""
        way = _shown(self.counter, " → ")
        lines = _shown([f"{line} ({name})" for name, line, _ in self.involved], ", ")
        told = [way] if len(self.counter) > 1 and way not in self.text else []
        told += [f"lines {lines}"] if len(self.involved) > 1 else []
        return _plain(": ".join(told))


def _shown(words: Sequence[str], between: str) -> str:
    half = SHOWN // 2
    return between.join(words if len(words) <= SHOWN else (*words[:half], "…", *words[-half:]))


class SpecError(ValueError):
    """The spec cannot be used. `mistakes` are all that were found, in the file's order; `more`: there may be others."""

    def __init__(self, mistakes: Sequence[Mistake], more: bool = False) -> None:
        self.mistakes, self.more = sorted(set(mistakes)), more
        super().__init__(str(self))

    def __str__(self) -> str:
        count = f"more than {MOST}" if self.more else len(self.mistakes)
        if count == 1 and not self.mistakes[0].line:  # the file as a whole, or a parameter
            return str(self.mistakes[0])
        lines = [f"{mistake}\n    {mistake.more}" if mistake.more else str(mistake) for mistake in self.mistakes]
        return "\n".join([*lines, f"{count} mistake{'s' * (count != 1)}; nothing was touched"])


def quote(text: object) -> str:
    """Somebody's text, fit for a message: in backquotes, on one line, without control characters, cut if long."""
    shown = _plain(str(text)[: LONGEST + 1])
    return f"`{shown[:LONGEST]}…`" if len(shown) > LONGEST else f"`{shown}`"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "·" for c in text)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known name that the word resembles; empty where none does."""

    names = {name.lower(): name for name in known}
    close = get_close_matches(word.lower()[:LONGEST], names, n=1, cutoff=0.6)
    return names[close[0]] if close else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """` (did you mean Up?)`, or nothing where no known name is near."""
    near = nearest(word, known)
    return f" (did you mean {near}?)" if near else ""


def listed(words: Iterable[str], last: str = "or") -> str:
    """`a, b or c`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end
