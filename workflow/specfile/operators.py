"""Who may drive, what changes data, who is told: the keys of a spec that concern people."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from titan_flow.states.values import Json
from titan_flow.workflow.specfile import schema
from titan_flow.workflow.specfile.diagnostics import Findings
from titan_flow.workflow.specfile.labels import kind_of
from titan_flow.workflow.specfile.model import Person


class Migrations(BaseModel):
    """The one key, as a list."""

    migrations: list[schema.RelativePath]


def migrations(found: Findings, data: Mapping[str, Json]) -> list[str]:
    if "migrations" not in data:
        return []
    value = data["migrations"]
    read = found.valid(Migrations, {"migrations": value if isinstance(value, list) else [value]}, ())
    return [] if read is None else read.migrations


def notify(found: Findings, data: Mapping[str, Json]) -> list[Json]:
    value = data.get("notify", [])
    if isinstance(value, list):
        return value
    found.note(("notify",), f"`notify` takes a list of steps, not {kind_of(value)}", key=True)
    return []


def persons(given: list[schema.Person] | None) -> tuple[Person, ...] | None:
    return None if given is None else tuple(Person(one.user, one.key) for one in given)


def operators(found: Findings, whole: Mapping[str, Json]) -> list[schema.Person] | None:
    """None if the key is missing: everyone may drive."""
    if "operators" not in whole:
        return None
    data = whole["operators"]
    if not isinstance(data, list) or not data:
        text = "`operators` is empty, so no one could run it; leave it out, and everyone may"
        wrong = f"`operators` takes a list of names and keys, not {kind_of(data)}"
        found.note(("operators",), text if data == [] else wrong, key=True)
        return []
    read = [found.valid(schema.Person, _entry(one), ("operators", number)) for number, one in enumerate(data)]
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
