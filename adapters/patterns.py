"""Regular expressions that a spec brings, searched for in text that a peer wrote: bounded in time and in length.

`regex` takes what `re` takes and can be told to give up. Where it differs from `re`, `problem` says so.
"""

from __future__ import annotations

import re
import time
import warnings
from dataclasses import dataclass
from functools import cache

import regex

from titan_flow.adapters.errors import Unanswered

LONGEST_LINE = 16_384
"""characters of a line that are searched: the beginning"""
BUDGET = 2.0
"""seconds for all that one look searches"""
_OWN = ("\\", "(?", "[:")
"""begin what only one of `re` and `regex` may take; what else `re` takes, `regex` takes, and is not loaded for it"""
_FUZZY = re.compile(r"(?<!\\)\{\s*[<eids0-9]*[eids]")


def problem(pattern: str) -> str | None:
    """Why it is no pattern; None where it is one. `re` decides, so that a spec means what it always meant."""
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            re.compile(pattern)
            if _FUZZY.search(pattern):
                return r"a brace before a letter: write \{ if the brace itself is meant"
            if any(sign in pattern for sign in _OWN):
                regex.compile(pattern)
    except (re.error, regex.error, RecursionError, OverflowError, MemoryError) as wrong:
        return str(wrong)
    return None


@dataclass
class Search:
    """The searches of one look. They share `left` seconds."""

    left: float = BUDGET

    def __call__(self, pattern: str, line: str) -> regex.Match[str] | None:
        """The first match anywhere in the line. Raises Unanswered where the time is used up."""
        began = time.monotonic()
        # a line does not end where it is cut: `$` must not match there
        text = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
        try:
            return _compiled(pattern).search(text, timeout=max(self.left, 0.001))
        except TimeoutError:
            raise Unanswered(f"the pattern {pattern!r} takes too long on what was written: simplify it") from None
        finally:
            self.left -= time.monotonic() - began


def matches(pattern: str, value: str) -> bool:
    """Whether the whole value matches. Raises Unanswered where that takes too long."""
    try:
        return _compiled(pattern).fullmatch(value, timeout=BUDGET) is not None
    except TimeoutError:
        raise Unanswered(f"the pattern {pattern!r} takes too long on this value: simplify it") from None


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)
