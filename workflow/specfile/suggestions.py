"""The keys that a model takes, also deep inside, for "did you mean"."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema

from titan_flow.states.values import Json
from titan_flow.workflow.specfile.yaml_reader import Loc


def fields(model: type[BaseModel], way: Loc) -> list[str]:
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
