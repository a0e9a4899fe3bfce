"""Who may drive, what changes data, who is told: the keys of a spec that concern people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from titan_flow.states.words import Json
from titan_flow.workflow.spec import shape
from titan_flow.workflow.spec.model import Person
from titan_flow.workflow.spec.naming import kind_of

if TYPE_CHECKING:
    from titan_flow.workflow.spec.draft import Draft
    from titan_flow.workflow.spec.findings import Findings


class Migrations(BaseModel):
    """The one key, as a list."""

    migrations: list[shape.RelativePath]


def read(draft: Draft, data: Mapping[str, Json]) -> None:
    """Reads `operators`, `migrations` and `notify` into the draft; mistakes are noted."""
    if "operators" in data:
        draft.operators = _operators(draft.found, data["operators"])
    if "migrations" in data:
        value = data["migrations"]
        found = draft.found.valid(Migrations, {"migrations": value if isinstance(value, list) else [value]}, ())
        draft.migrations = found.migrations if found is not None else []
    if "notify" in data:
        value = data["notify"]
        if isinstance(value, list):
            draft.notify = value
        else:
            draft.found.note(("notify",), f"`notify` takes a list of steps, not {kind_of(value)}", key=True)


def listed(draft: Draft) -> tuple[Person, ...] | None:
    return None if draft.operators is None else tuple(Person(one.user, one.key) for one in draft.operators)


def _operators(found: Findings, data: Json) -> list[shape.Person]:
    if not isinstance(data, list) or not data:
        text = "`operators` is empty: nobody could run it; leave it out, and everybody may"
        wrong = f"`operators` takes a list of names and keys, not {kind_of(data)}"
        found.note(("operators",), text if data == [] else wrong, key=True)
        return []
    read = [found.valid(shape.Person, _entry(one), ("operators", number)) for number, one in enumerate(data)]
    return [one for one in read if one is not None]


def _entry(one: Json) -> Json:
    """A text is a key where it looks like one, else a name."""
    if not isinstance(one, str):
        return one
    return (
        {"key": one}
        if one.startswith(("SHA256:", "ssh-", "ecdsa-", "sk-")) and " " in one.replace(":", " ")
        else {"user": one}
    )
