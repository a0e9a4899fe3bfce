"""A spec's parts, each read by itself: a mistake in one does not hide those in the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from titan_flow.adapters.base import Check
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.settings import Settings
from titan_flow.states.values import Json
from titan_flow.workflow.specfile import operators as people
from titan_flow.workflow.specfile import schema
from titan_flow.workflow.specfile.diagnostics import Findings
from titan_flow.workflow.specfile.errors import listed, nearest, quote
from titan_flow.workflow.specfile.labels import kind_of, named
from titan_flow.workflow.specfile.yaml_reader import Loc

S = TypeVar("S", bound=schema.Shape)

REQUIRED = ("flow", "target", "states", "transitions")


@dataclass
class Draft:
    """What could be read. A part that could not be is missing here, but its name is still known to the others."""

    found: Findings
    adapters: Registry
    flow: str = ""
    about: str = ""
    target: schema.Target | None = None
    defaults: schema.Defaults = field(default_factory=lambda: schema.Defaults.model_validate({}))
    params: dict[str, schema.Param] = field(default_factory=dict[str, schema.Param])
    states: dict[str, schema.State] = field(default_factory=dict[str, schema.State])
    transitions: dict[str, schema.Transition] = field(default_factory=dict[str, schema.Transition])
    recoveries: dict[str, schema.Recovery] = field(default_factory=dict[str, schema.Recovery])
    blocks: dict[str, Json] = field(default_factory=dict[str, Json])
    settings: dict[str, Settings] = field(default_factory=dict[str, Settings])
    prove: list[str] = field(default_factory=list[str])
    operators: list[schema.Person] | None = None
    migrations: list[str] = field(default_factory=list[str])
    notify: list[Json] = field(default_factory=list[Json])
    unattended: schema.Unattended | None = None
    meant: set[str] = field(default_factory=set[str])
    """adapters' blocks that stand there, be it misspelt"""
    interlocked: bool = False
    """a block that stands there, be it wrong, gives the flow an interlock"""
    built: dict[Loc, Check] = field(default_factory=dict[Loc, Check])
    """steps as their adapters' models, with samples for what is not known yet"""
    whole: bool = True
    """every part could be read: what would be proved is what is written"""

    def names(self, section: str) -> list[str]:
        """Every name that a section declares, also of parts that could not be read."""
        found = self.found.page.data.get(section)
        return list(found) if isinstance(found, dict) else []


def draft(found: Findings, adapters: Registry) -> Draft:
    data = found.page.data
    one = Draft(found, adapters)
    _keys(one, data)
    one.flow = _text(found, "flow", data)
    one.about = _text(found, "about", data)
    if "target" in data:
        one.target = _part(found, schema.Target, data["target"], ("target",))
    if "defaults" in data:
        defaults = _part(found, schema.Defaults, data["defaults"], ("defaults",))
        one.defaults, one.whole = defaults or one.defaults, defaults is not None
    one.params = _parts(found, schema.Param, "params")
    one.states = _parts(found, schema.State, "states", empty=True)
    one.transitions = _parts(found, schema.Transition, "transitions")
    one.recoveries = _parts(found, schema.Recovery, "recoveries")
    one.blocks = {name: value for name, value in _section(found, "blocks").items() if _is_list(found, name, value)}
    one.settings = _settings(one, data)
    one.prove = _prove(found, data)
    one.operators = people.operators(found, data)
    one.migrations = people.migrations(found, data)
    one.notify = people.notify(found, data)
    if "unattended" in data:
        one.unattended = _part(found, schema.Unattended, data["unattended"], ("unattended",))
    _apart(one)
    read = {"states": one.states, "transitions": one.transitions, "recoveries": one.recoveries}
    one.whole = one.whole and all(set(one.names(section)) == set(parts) for section, parts in read.items())
    return one


def _keys(one: Draft, data: Mapping[str, Json]) -> None:
    """Keys at the top level: ours, the adapters' blocks, and anybody's own."""
    found, one.meant = one.found, set(data)
    for key in data:
        if not (key in schema.Top.model_fields or key.startswith("x-") or one.adapters.known(key)):
            near = nearest(key, [*schema.Top.model_fields, *one.adapters.nouns])
            hint = f" (did you mean {near}?)" if near else "; keys of your own begin with x-"
            found.note((key,), f"unknown key {quote(key)}{hint}", key=True)
            found.spoilt.add((key,))
            one.meant.add(near)
    missing = [f"`{key}:`" for key in REQUIRED if key not in one.meant]
    if missing:
        found.note((), f"the spec lacks {listed(missing, 'and')}")


def _text(found: Findings, key: str, data: Mapping[str, Json]) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        found.note((key,), f"`{key}` takes text, not {kind_of(value)}")
        return ""
    if key == "flow" and key in data and not re.fullmatch(schema.FLOW, value):
        found.note((key,), f"{quote(value)} is no name for a flow: letters, digits, dots and dashes, at most 64")
    return value


def _part(found: Findings, model: type[S], data: Json, at: Loc) -> S | None:
    """One part. A key without a value is a mistake: nobody can tell what was meant."""
    if not isinstance(data, dict):
        found.note(at, f"{named(at)} takes a mapping, not {kind_of(data)}", key=True)
        return None
    filled = _filled(found, data, at)
    if model is schema.State and isinstance(watch := filled.get("watch"), dict):
        filled["watch"] = _filled(found, watch, (*at, "watch"))
    return found.valid(model, filled, at)


def _filled(found: Findings, data: Mapping[str, Json], at: Loc) -> dict[str, Json]:
    for key, value in data.items():
        if value is None:
            found.note((*at, key), f"{named((*at, key))} is empty", key=True)
    return {key: value for key, value in data.items() if value is not None}


def _section(found: Findings, section: str) -> dict[str, Json]:
    data = found.page.data.get(section, {})
    if isinstance(data, dict):
        return data
    found.note((section,), f"`{section}` takes a mapping, not {kind_of(data)}", key=True)
    return {}


def _parts(found: Findings, model: type[S], section: str, empty: bool = False) -> dict[str, S]:
    """Every part of a section that could be read, by name."""
    read: dict[str, S] = {}
    for name, data in _section(found, section).items():
        at = (section, name)
        if not re.fullmatch(schema.NAME, name):
            found.note(at, f"{quote(name)} is no name: letters, digits and _, beginning with a letter", key=True)
        elif section != "params" and name in schema.RESERVED:
            found.note(at, f"{quote(name)} has a meaning of its own; take another name", key=True)
        part = _part(found, model, {} if data is None and empty else data, at)
        if part is not None:
            read[name] = part
    return read


def _is_list(found: Findings, name: str, value: Json) -> bool:
    if not isinstance(value, list):
        found.note(("blocks", name), f"block {quote(name)} takes a list of steps, not {kind_of(value)}", key=True)
    return isinstance(value, list)


def _settings(one: Draft, data: Mapping[str, Json]) -> dict[str, Settings]:
    """The adapters' own blocks."""
    read: dict[str, Settings] = {}
    found = one.found
    for key in data:
        if key in schema.Top.model_fields or key.startswith("x-") or not one.adapters.known(key):
            continue
        try:
            model: type[Settings] | None = one.adapters.settings(key)
        except (ImportError, TypeError) as why:
            found.note((key,), f"the adapter {quote(key)} cannot be loaded: {why}", key=True)
            continue
        if model is None:
            found.note((key,), f"the adapter {quote(key)} has no settings of its own", key=True)
            continue
        one.interlocked = one.interlocked or model.interlocks
        block = found.valid(model, {} if data[key] is None else data[key], (key,))
        if block is not None:
            read[key] = block
    return read


def _prove(found: Findings, data: Mapping[str, Json]) -> list[str]:
    try:
        return TypeAdapter(list[str]).validate_python(data.get("prove", []), strict=True)
    except ValidationError as why:
        found.add_errors(why, _Sentences, ("prove",))
        return []


class _Sentences(BaseModel):
    """Has no keys to propose."""


def _apart(one: Draft) -> None:
    """States, transitions and recoveries are told apart by name alone, in targets and in `${…}`."""
    taken: dict[str, str] = {}
    for section, kind in (("states", "state"), ("transitions", "transition"), ("recoveries", "recovery")):
        for name in one.names(section):
            if name in taken:
                one.found.note((section, name), f"{quote(name)} is the name of a {taken[name]} already", key=True)
            taken.setdefault(name, kind)
