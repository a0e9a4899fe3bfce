"""`${…}`: names in the text of arguments, and nothing more. There is no expression language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from titan_flow.states.values import Json

RUN = ("id", "operator", "at", "environment")
ENDED = ("state", "outcome", "says", "interlock", "target", "flow")
"""what steps of `notify:` may name besides: of `${run.…}`, once it has ended"""
STEP = ("id",)
RELEASE = ("commit", "images", "rendered", "env", "variables")

_PIECE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Ref:
    """`params.commit`, `pull.images`."""

    name: str

    @property
    def head(self) -> str:
        return self.name.partition(".")[0]

    @property
    def tail(self) -> str:
        return self.name.partition(".")[2]


class BindError(ValueError):
    """An argument could not be resolved or is not what its adapter takes. One line."""


def pieces(text: str) -> list[str | Ref]:
    """The text cut at its references; `$${` stands for a literal `${`. Raises ValueError on a malformed reference."""
    found: list[str | Ref] = []
    end = 0
    for match in _PIECE.finditer(text):
        found.append(text[end : match.start()])
        end = match.end()
        if match.group() == "$${":
            found.append("${")
            continue
        name = match.group(1).strip()
        if not match.group(2):
            raise ValueError("`${` without its `}`; write `$${` for the text itself")
        if not _NAME.fullmatch(name):
            raise ValueError(f"`${{{name[:60]}}}` is not a reference; write it like `${{params.commit}}`")
        found.append(Ref(name))
    found.append(text[end:])
    return [piece for piece in found if piece != ""]


def references(value: Json) -> list[Ref]:
    """Every reference in a value. Raises ValueError on a malformed one."""
    return [piece for text in _texts(value) for piece in pieces(text) if isinstance(piece, Ref)]


def refers(args: Mapping[str, Json]) -> bool:
    """Whether `resolve` has anything to do, or to complain of."""
    return any("${" in text for value in args.values() for text in _texts(value))


def resolve(args: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """The arguments with every reference replaced. A reference alone keeps its value's type; one inside of text
    must be text, a number, true or false. Raises BindError."""
    return {name: _resolved(value, values) for name, value in args.items()}


def _resolved(value: Json, values: Mapping[str, Json]) -> Json:
    if isinstance(value, dict):
        return {key: _resolved(inner, values) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, values) for inner in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    try:
        found = pieces(value)
    except ValueError as why:
        raise BindError(str(why)) from None
    if len(found) == 1 and isinstance(found[0], Ref):
        return _looked_up(found[0], values)
    return "".join(piece if isinstance(piece, str) else _inside(piece, values) for piece in found)


def _looked_up(ref: Ref, values: Mapping[str, Json]) -> Json:
    if ref.name not in values:
        hint = f"; give it with --set {ref.tail}=…" if ref.head == "params" else ""
        raise BindError(f"`${{{ref.name}}}` has no value here{hint}")
    return values[ref.name]


def _inside(ref: Ref, values: Mapping[str, Json]) -> str:
    value = _looked_up(ref, values)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise BindError(f"`${{{ref.name}}}` is not text and cannot stand inside of text")


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
