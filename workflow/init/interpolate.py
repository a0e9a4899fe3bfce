"""`${…}` in a compose file, and the `.env` that it takes its values from, by compose's own rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*)")
DEEPEST = 20
"""defaults inside of defaults"""
LONGEST = 100_000
"""characters that one value may become"""


@dataclass
class Variables:
    """`unset`: names that were asked for and have neither a value nor a default; they stay in the text as `${NAME}`."""

    values: Mapping[str, str]
    unset: dict[str, None] = field(default_factory=dict[str, None])

    def fill(self, text: str, depth: int = 0) -> str:
        """`$NAME`, `${NAME}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, and `$$` for a dollar sign."""
        if "$" not in text:
            return text
        made, at = list[str](), 0
        while (dollar := text.find("$", at)) >= 0:
            made.append(text[at:dollar])
            if text[dollar + 1 : dollar + 2] == "$":
                made.append("$")
                at = dollar + 2
            elif text[dollar + 1 : dollar + 2] == "{" and (end := _closing(text, dollar + 2)) is not None:
                made.append(self._braced(text[dollar + 2 : end], depth))
                at = end + 1
            elif name := NAME.match(text, dollar + 1):
                made.append(self._value(name[0]))
                at = name.end()
            else:
                made.append("$")
                at = dollar + 1
            if sum(map(len, made)) > LONGEST:
                return "".join(made)[:LONGEST]
        return "".join((*made, text[at:]))

    def _value(self, name: str) -> str:
        if name not in self.values:
            self.unset[name] = None
            return f"${{{name}}}"
        return self.values[name]

    def _braced(self, inside: str, depth: int) -> str:
        name = NAME.match(inside)
        if name is None or depth > DEEPEST:
            return f"${{{inside}}}"
        rest = inside[name.end() :]
        empty_counts = rest.startswith(":")
        operator, word = rest[empty_counts : empty_counts + 1], rest[empty_counts + 1 :]
        has = bool(self.values.get(name[0])) if empty_counts else name[0] in self.values
        if operator == "-":
            return self.values[name[0]] if has else self.fill(word, depth + 1)
        if operator == "+":
            return self.fill(word, depth + 1) if has else ""
        if operator == "?" and not has:
            self.unset[name[0]] = None
            return f"${{{name[0]}}}"
        return self._value(name[0])

    def tree(self, value: object) -> object:
        """Every text of a tree, but for its keys."""
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, dict):
            return {key: self.tree(inner) for key, inner in cast("dict[str, object]", value).items()}
        if isinstance(value, list):
            return [self.tree(inner) for inner in cast("list[object]", value)]
        return value


def _closing(text: str, start: int) -> int | None:
    """Where the brace of `${` ends, others inside it counted."""
    depth, at = 1, start
    while at < len(text):
        if text.startswith("${", at):
            depth, at = depth + 1, at + 2
            continue
        if text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return None


def dotenv(text: str) -> dict[str, str]:
    """The variables of an env file: comments, `export`, quotes, and earlier names inside of later values."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or line.lstrip().startswith("#"):
            continue
        name, value = match[1], match[2]
        if value[:1] in ("'", '"'):
            quote = value[0]
            while (end := _quoted(value, quote)) is None and (more := next(lines, None)) is not None:
                value += "\n" + more
            value = value[1:end] if end is not None else value[1:]
            if quote == '"':
                value = Variables(found).fill(_escaped(value))
        else:
            value = Variables(found).fill(re.sub(r"\s+#.*", "", value).rstrip())
        found[name] = value
    return found


def _quoted(value: str, quote: str) -> int | None:
    at = 1
    while at < len(value):
        if value[at] == "\\" and quote == '"':
            at += 1
        elif value[at] == quote:
            return at
        at += 1
    return None


def _escaped(value: str) -> str:
    known = {"n": "\n", "r": "\r", "t": "\t"}
    return re.sub(r"\\([nrt\"\\])", lambda found: known.get(found[1], found[1]), value)
