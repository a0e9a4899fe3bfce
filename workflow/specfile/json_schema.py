"""The JSON Schema of a spec, for editors: made from the same models that load it. Draft-07, which they take."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import cast

from pydantic import BaseModel

from titan_flow.adapters.base import Adapter
from titan_flow.adapters.registry import Registry
from titan_flow.states.durations import duration
from titan_flow.states.values import Json
from titan_flow.workflow.specfile import schema as shape

Schema = dict[str, Json]

REFERENCE: Schema = {"$ref": "#/definitions/reference"}
BOUND = ("pattern", "enum", "const", "format", "maxLength")
"""what keeps a `${…}` from being a string of that schema"""


def schema(installed: Registry) -> Schema:
    """A spec's schema with those adapters. Raises ImportError where one of them cannot be loaded."""
    adapters = [installed.adapter(noun) for noun in installed.nouns]
    whole = _of(shape.Top, "", referable=False)
    definitions = cast("Schema", whole.pop("definitions"))
    properties = cast("Schema", whole["properties"])
    steps: Schema = {}
    values: Schema = {}
    for adapter in adapters:
        for check in adapter.checks:
            steps[check.name] = _arguments(check, definitions)
        for value in adapter.values:
            values[value.name] = _arguments(value, definitions, referable=False)
        if adapter.settings is not None:
            properties[adapter.noun] = _arguments(adapter.settings, definitions, adapter, referable=False)
    definitions["reference"] = {
        "type": "string",
        "pattern": r"\$\{",
        "description": "replaced when its transition begins",
    }
    definitions["step"] = _one_of(steps, "one check or action, and its arguments")
    definitions["steps"] = {
        "type": "array",
        "items": {"anyOf": [{"type": "string", "pattern": "^[^.]+$", "description": "a block"}, _ref("step")]},
    }
    definitions["default"] = {"anyOf": [{"type": "string"}, _one_of(values, "a value looked up before the run")]}
    cast("Schema", definitions["State"])["type"] = ["object", "null"]
    _named(properties)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "titan-flow spec",
        **whole,
        "patternProperties": {"^x-": {}},
        "definitions": dict(sorted(definitions.items())),
    }


def _named(properties: Schema) -> None:
    for section in ("params", "states", "blocks", "transitions", "recoveries"):
        cast("Schema", properties[section])["propertyNames"] = {"pattern": f"^{shape.NAME}$"}


def _arguments(
    model: type[BaseModel], definitions: Schema, adapter: Adapter | None = None, referable: bool = True
) -> Schema:
    """A model's arguments; nothing at all where none is required."""
    noun = adapter.noun if adapter is not None else str(getattr(model, "name", ""))
    found = _of(model, f"{noun}.", referable)
    definitions.update(cast("Schema", found.pop("definitions", {})))
    about = inspect.cleandoc(model.__doc__ or (adapter.about if adapter is not None else ""))
    found.pop("description", None)
    if "required" not in found:
        found["type"] = ["object", "null"]
    return {"description": about, **found}


def _one_of(properties: Schema, about: str) -> Schema:
    return {
        "type": "object",
        "description": about,
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": properties,
    }


def _of(model: type[BaseModel], prefix: str, referable: bool) -> Schema:
    """A model's schema in draft-07, its nested models under `definitions` with the prefix."""
    made = cast("Schema", _translated(model.model_json_schema(), prefix, "spec"))
    if referable:
        definitions = cast("dict[str, Schema]", made.get("definitions", {}))
        for one in (made, *definitions.values()):
            _refer(one)
    return made


def _translated(node: Json, prefix: str, inside: str) -> Json:
    """Pydantic's 2020-12 as draft-07: other words for definitions and tuples, no null for what may be left out."""
    if isinstance(node, list):
        return [_translated(item, prefix, inside) for item in node]
    if not isinstance(node, dict):
        return node
    if inside == "names":
        return {name: _translated(value, prefix, "schema") for name, value in node.items()}
    if isinstance(kind := node.get("x-is"), str):
        return {"allOf": [_ref(kind)], "description": node["description"]} if "description" in node else _ref(kind)
    made: Schema = dict(_keywords(node, prefix))
    choices = made.get("anyOf")
    if isinstance(choices, list) and (some := [one for one in choices if one != {"type": "null"}]) != choices:
        made = {**made, "anyOf": some} if len(some) > 1 else {**cast("Schema", some[0]), **_without(made, "anyOf")}
        made = _without(made, "default") if made.get("default", 0) is None else made
    if made.get("type") == "string" and isinstance(default := made.get("default"), int | float):
        made = {**made, "default": duration(default)} if isinstance(default, float) else _without(made, "default")
    if "$ref" in made and len(made) > 1:
        inner: list[Json] = [{"$ref": made["$ref"]}]
        made = {**_without(made, "$ref"), "allOf": inner}
    return made


def _keywords(node: Schema, prefix: str) -> Iterator[tuple[str, Json]]:
    for key, value in node.items():
        match key, value:
            case "title", str():
                continue
            case "$defs", dict():
                names: Schema = {f"{prefix}{name}": inner for name, inner in value.items()}
                yield "definitions", _translated(names, prefix, "names")
            case "$ref", str():
                yield "$ref", f"#/definitions/{prefix}{value.rpartition('/')[2]}"
            case "prefixItems", _:
                yield "items", _translated(value, prefix, "schema")
            case "properties", _:
                yield key, _translated(value, prefix, "names")
            case (("default" | "enum" | "const" | "examples"), _):
                yield key, value
            case _:
                yield key, _translated(value, prefix, "schema")


def _refer(node: Schema) -> None:
    """Lets a `${…}` stand wherever a value may, also where the value is not just any text."""
    if isinstance(inner := node.get("properties"), dict):
        node["properties"] = {name: _or_reference(value) for name, value in inner.items()}
    for holder in ("items", "additionalProperties"):
        if isinstance(inner := node.get(holder), dict):
            node[holder] = _or_reference(inner)
    for choice in cast("list[Json]", node.get("anyOf", [])):
        if isinstance(choice, dict):
            _refer(choice)


def _or_reference(node: Json) -> Json:
    if not isinstance(node, dict) or not node:
        return node
    _refer(node)
    if node.get("type") == "string" and not any(key in node for key in BOUND):
        return node
    about: Mapping[str, Json] = {key: node[key] for key in ("description", "default") if key in node}
    bare = {key: value for key, value in node.items() if key not in about}
    choices = bare["anyOf"] if set(bare) == {"anyOf"} else [bare]
    return {**about, "anyOf": [*cast("list[Json]", choices), REFERENCE]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _without(node: Schema, key: str) -> Schema:
    return {name: value for name, value in node.items() if name != key}
