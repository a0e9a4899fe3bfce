"""Collects a spec's mistakes, and tells pydantic's errors in the spec's own words: one typo, one mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from titan_flow.states.values import Json
from titan_flow.workflow.specfile.errors import MOST, Mistake, SpecError, listed, quote, suggestion
from titan_flow.workflow.specfile.labels import kind_of, named
from titan_flow.workflow.specfile.suggestions import fields
from titan_flow.workflow.specfile.yaml_reader import Loc, Page

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
    """The mistakes so far. What stands under a spoilt piece is not complained about again.

    Raises SpecError once there are too many: each costs time, and nobody reads them.
    """

    page: Page
    mistakes: list[Mistake] = field(default_factory=list[Mistake])
    spoilt: set[Loc] = field(default_factory=set[Loc])

    def note(self, at: Loc, text: str, key: bool = False) -> None:
        if any(at[:length] in self.spoilt for length in range(len(at) + 1)):
            return
        if len(self.mistakes) >= MOST:
            raise SpecError(self.mistakes, more=True)
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
            self.add_errors(why, model, at, skip, instead)
        except (re.error, RecursionError, OverflowError) as why:
            self.note(at, f"{named(at)}: {why}", key=True)
        return None

    def add_errors(
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
        known = fields(model, piece[len(at) :])
        others = [
            str(p[-1]) for p, errors in found.items() if p[:-1] == piece and errors[0]["type"] == "extra_forbidden"
        ]
        return any(suggestion(other, known) == suggestion(str(one["loc"][-1]), known) for other in others)

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
            known = fields(model, at[len(top) : -1])
            key = str(at[-1])
            hint = HINTS.get((str(at[0]), key)) if len(at) == 3 else None
            return True, hint or f"unknown key {quote(key)} in {named(at[:-1])}{suggestion(key, known)}"
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
            return False, f"{named(at)} can be {listed(choices)}, not {quote(given)}{suggestion(given, choices)}"
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
