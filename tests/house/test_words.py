"""Words that readers misunderstood do not return (docs/decisions/0011-plain-english.md lists them with examples)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("adapters", "docs", "specs", "states", "workflow")
KINDS = {".md", ".py", ".sh", ".yaml"}
QUOTES_THEM = {"docs/decisions/0011-plain-english.md"}
WORDS = {
    r"mend(s|ed|ing)?": "fix",
    r"ways? back": "rollback, recovery",
    r"(go|goes|going|went) back to": "roll back to, return to",
    r"cannot be told": "unknown",
    r"said no": "failed, refused",
    r"on purpose": "deliberately",
    r"colleagues?": "another operator",
    r"for ever": "forever",
    r"nobody drives": "has no driver",
    r"carr(y|ies|ied) (it |them )?on": "continue",
}


def test_words_that_were_misread_do_not_return() -> None:
    pages = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in KINDS]
    pages += [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    found = [
        f"{path.relative_to(ROOT)}:{number}: `{match[0]}`: say: {better}"
        for path in pages
        if str(path.relative_to(ROOT)) not in QUOTES_THEM
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for word, better in WORDS.items()
        if (match := re.search(rf"\b{word}\b", line, re.IGNORECASE))
    ]
    assert not found, "\n".join(found)
