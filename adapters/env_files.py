"""Env files, as compose reads them: the names that they set, and the values that have to be masked. Pure."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"\r?\n")
"""what ends a line to compose; `splitlines` knows more (U+2028, vertical tab), which a value may hold"""
_SETS = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*(?:=|:(?=\s|$))[ \t]*(.*)", re.DOTALL)
_DEFAULT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?[-+?]([^{}]*)\}")
_COMMENT = re.compile(r"\s+#.*$", re.DOTALL)
_ESCAPED = {r"\n": "\n", r"\r": "\r", r"\t": "\t", r"\"": '"', r"\'": "'", r"\\": "\\", r"\$": "$", "$$": "$"}
_ESCAPES = re.compile(r"\\[nrt\"'\\$]|\$\$")


def env_names(text: str) -> list[str]:
    """The names that an env file sets."""
    return [found[1] for line in _LINE_END.split(text) if (found := _SETS.match(line)) and "=" in line]


def env_values(text: str) -> list[str]:
    """The values of an env file, in every way that they can be read; one that spans lines (a key) also by lines."""
    return list(dict.fromkeys(value for _, value in env_variables(text)))


def env_variables(text: str) -> list[tuple[str, str]]:
    """Name and value of each setting: `KEY=value`, `KEY: value`, `export`, quotes, comments, `${X:-default}`.

    A value stands once for each way in which it can be read (with a comment, without; escaped, as it is used).
    """
    found: list[tuple[str, str]] = []
    lines = iter(_LINE_END.split(text))
    for line in lines:
        sets = None if line.lstrip().startswith("#") else _SETS.match(line)
        if sets is None:
            continue
        name, value = sets[1], sets[2].strip()
        if (quote := value[:1]) in ("'", '"') and _closing(value, quote) < 0:
            for more in lines:
                value += f"\n{more}"
                if _closing(value, quote) >= 0:
                    break
        found += [(name, way) for way in dict.fromkeys(_ways(value)) if way]
    return found


def _closing(value: str, quote: str) -> int:
    """Where the quote that opens the value is closed; -1 where it is not."""
    at = 1
    while (at := value.find(quote, at)) >= 0:
        slashes = len(value[:at]) - len(value[:at].rstrip("\\"))
        if quote == "'" or slashes % 2 == 0:
            return at
        at += 1
    return -1


def _ways(value: str) -> list[str]:
    quoted = value[1:end] if (end := _closing(value, value[:1]) if value[:1] in ("'", '"') else -1) > 0 else None
    bare = _COMMENT.sub("", value)
    ways = [quoted] if quoted is not None else [value, bare, value.strip("'\""), bare.strip("'\"")]
    ways += [_ESCAPES.sub(lambda found: _ESCAPED[found[0]], way) for way in ways]
    ways += [default for way in ways for default in _defaults(way)]
    return [*ways, *(line.strip() for way in ways if len(way.splitlines()) > 1 for line in way.splitlines())]


def _defaults(value: str) -> list[str]:
    """What stands in where a variable is not set: `${X:-default}`, also one inside another."""
    found = list[str]()
    for _ in range(5):
        inner = _DEFAULT.findall(value)
        found += [default.strip("'\"") for default in inner]
        value, changed = _DEFAULT.subn(r"\1", value)
        if not changed:
            break
        found.append(value)
    return found
