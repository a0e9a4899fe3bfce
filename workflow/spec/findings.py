"""Collects a spec's mistakes, and tells pydantic's errors in the spec's own words: one typo, one mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from titan_flow.states.words import Json
from titan_flow.workflow.spec.mistakes import Mistake, listed, meant, quote
from titan_flow.workflow.spec.page import Loc, Page

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)
Skip = Callable[[Loc, str], bool]
EMPTY: Mapping[Loc, Json] = {}

TAKES: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("must be at least", "ge"),
    "less_than_equal": ("must be at most", "le"),
    "greater_than": ("must be more than", "gt"),
    "less_than": ("must be less than", "lt"),
}
HINTS: Mapping[tuple[str, str], str] = {
    ("recoveries", "from"): "a recovery has no `from`: it is entered by `on_failure`, by `then`, or by an operator",
    ("transitions", "by"): "only a recovery can be marked `by: operator`",
}


@dataclass
class Findings:
    """The mistakes so far. What stands under a spoilt piece is not complained about again."""

    page: Page
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    spoilt: set[Loc] = field(default_factory=set[Loc])

    def note(self, at: Loc, text: str, key: bool = False) -> None:
        if any(at[: len(bad)] == bad for bad in self.spoilt):
            return
        place = self.page.place(at, key)
        mistake = Mistake(self.page.path, place.line, place.column, text)
        if mistake not in self.mistakes:
            self.mistakes.append(mistake)

    def valid(
        self, model: type[M], data: Json, at: Loc, skip: Skip | None = None, instead: Mapping[Loc, Json] = EMPTY
    ) -> M | None:
        """The data as that model; None, with its mistakes noted, where it is not one.

        Errors that `skip` (piece, kind) passes over are not noted. `instead`: pieces whose data is not the page's.
        """
        try:
            return model.model_validate(data)
        except ValidationError as why:
            self.told(why, model, at, skip, instead)
        except (re.error, RecursionError, OverflowError) as why:
            self.note(at, f"{named(at)}: {why}", key=True)
        return None

    def told(
        self,
        error: ValidationError,
        model: type[BaseModel],
        at: Loc,
        skip: Skip | None = None,
        instead: Mapping[Loc, Json] = EMPTY,
    ) -> None:
        """Notes the errors of data that stands at `at`."""
        found: dict[Loc, list[ErrorDetails]] = {}
        for one in error.errors(include_url=False):
            piece = self._piece(at, one["loc"])
            if skip is None or not skip(piece, one["type"]):
                found.setdefault(piece, []).append(one)
        for piece, errors in found.items():
            errors = [one for one in errors if not self._misspelt(one, piece, found, model, at)]
            if any(len(other) > len(piece) and other[: len(piece)] == piece for other in found):
                errors = [one for one in errors if one["type"] not in TAKES and one["type"] != "literal_error"]
            if errors:
                key, text = self._words(piece, errors, model, at, instead)
                self.note(piece, text, key)

    def _misspelt(
        self,
        one: ErrorDetails,
        piece: Loc,
        found: Mapping[Loc, Sequence[ErrorDetails]],
        model: type[BaseModel],
        at: Loc,
    ) -> bool:
        """Whether a missing key is there, misspelt: that is one mistake, told as the unknown key."""
        if one["type"] != "missing":
            return False
        known = _fields(model, piece[len(at) :])
        others = [
            str(p[-1]) for p, errors in found.items() if p[:-1] == piece and errors[0]["type"] == "extra_forbidden"
        ]
        return any(meant(other, known) == meant(str(one["loc"][-1]), known) for other in others)

    def _piece(self, at: Loc, loc: Sequence[str | int]) -> Loc:
        """Where an error's data stands. The names of union members, which pydantic puts in between, are left out."""
        for part in loc:
            if (*at, part) in self.page.values:
                at = (*at, part)
        return at

    def _words(
        self, at: Loc, errors: list[ErrorDetails], model: type[BaseModel], top: Loc, instead: Mapping[Loc, Json]
    ) -> tuple[bool, str]:
        """Whether the key is meant rather than its value, and what to say of it."""
        kinds = {one["type"] for one in errors}
        one = errors[0]
        if "extra_forbidden" in kinds:
            known = _fields(model, at[len(top) : -1])
            key = str(at[-1])
            hint = HINTS.get((str(at[0]), key)) if len(at) == 3 else None
            return True, hint or f"unknown key {quote(key)} in {named(at[:-1])}{meant(key, known)}"
        missing = [f"`{one['loc'][-1]}`" for one in errors if one["type"] == "missing"]
        if missing:
            return True, f"{named(at)} lacks {listed(sorted(missing), 'and')}"
        if kinds <= TAKES.keys():
            value = instead[at] if at in instead else self._value(at)
            takes = listed(dict.fromkeys(TAKES[one["type"]] for one in errors))
            quoted = f': write "{value}"' if kinds == {"string_type"} and isinstance(value, int | float) else ""
            return False, f"{named(at)} takes {takes}, not {kind_of(value)}{quoted}"
        one = next(one for one in errors if one["type"] not in TAKES)
        context: Mapping[str, object] = one.get("ctx", {})
        if one["type"] == "literal_error":
            choices = re.findall(r"'([^']*)'", str(context.get("expected")))
            given = str(self._value(at))
            return False, f"{named(at)} can be {listed(choices)}, not {quote(given)}{meant(given, choices)}"
        if one["type"] == "string_pattern_mismatch":
            return False, f"{named(at)} does not match {context.get('pattern')}"
        if one["type"] in BOUNDS:
            words, bound = BOUNDS[one["type"]]
            return False, f"{named(at)} {words} {context.get(bound)}"
        text = one["msg"].removeprefix("Value error, ").splitlines()[0][:300]
        return False, f"{named(at)}{' ' if text.startswith(('takes ', 'must ')) else ': '}{text}"

    def _value(self, at: Loc) -> Json:
        try:
            return self.page.at(at)
        except KeyError:
            return None


def kind_of(value: Json) -> str:
    """What a piece of data is, in words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a list" if isinstance(value, list) else "a mapping"


_KINDS = {"states": "state", "transitions": "transition", "recoveries": "recovery", "params": "parameter"}


def named(at: Loc) -> str:
    """What stands there, in the spec's words: "`to` of transition `up`"."""
    if not at:
        return "the spec"
    if at[0] in _KINDS or at[0] == "blocks":
        if len(at) == 1:
            return f"`{at[0]}`"
        rest, owner = at[2:], f"{_KINDS.get(str(at[0]), 'block')} {quote(at[1])}"
        if step := _step(rest if at[0] != "blocks" else ("do", *rest)):
            rest, owner = step[1], quote(step[0])
        elif at[0] == "params" and rest[:1] == ("default",) and len(rest) > 1:
            rest, owner = rest[2:], quote(rest[1])
    elif at[1:] and isinstance(at[1], int):
        return quote(dotted(at))
    else:
        rest, owner = at[1:], quote(at[0])
    return f"{quote(dotted(rest))} of {owner}" if rest else owner


def _step(rest: Loc) -> tuple[str, Loc] | None:
    """The step (`compose.up`) that a piece belongs to, and the way on from there."""
    if rest[:1] == ("watch",):
        rest = rest[1:]
    if len(rest) > 2 and rest[0] in ("check", "do") and isinstance(rest[1], int):
        return str(rest[2]), rest[3:]
    return None


def dotted(at: Loc) -> str:
    """`services[0].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


def _fields(model: type[BaseModel], way: Loc) -> list[str]:
    """The keys that a model, or one nested in it, takes."""
    try:
        schema: dict[str, Json] = model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return []
    here: list[Json] = [schema]
    for part in (*way, None):
        here = _opened(here, schema)
        if part is not None:
            here = [inner for one in here if isinstance(one, dict) for inner in _inner(one, part)]
    return [
        name for one in here if isinstance(one, dict) and isinstance(p := one.get("properties"), dict) for name in p
    ]


def _inner(schema: dict[str, Json], part: str | int) -> list[Json]:
    if isinstance(part, int):
        return [schema["items"]] if "items" in schema else []
    properties = schema.get("properties")
    if isinstance(properties, dict) and part in properties:
        return [properties[part]]
    return [schema["additionalProperties"]] if "additionalProperties" in schema else []


def _opened(schemas: list[Json], root: dict[str, Json]) -> list[Json]:
    """Follows references and unions."""
    found: list[Json] = []
    for one in schemas:
        if not isinstance(one, dict):
            continue
        if isinstance(ref := one.get("$ref"), str) and isinstance(defs := root.get("$defs"), dict):
            found += _opened([defs[ref.rpartition("/")[2]]], root)
        elif isinstance(choices := one.get("anyOf", one.get("oneOf")), list):
            found += _opened(choices, root)
        else:
            found.append(one)
    return found
