"""What an emergency disarm needs of a spec: target, transport and disarm step, whatever else is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from titan_flow.adapters.base import Action
from titan_flow.adapters.registry import DISARM, Registry
from titan_flow.adapters.registry import OURS as OUR_NOUNS
from titan_flow.adapters.settings import Settings
from titan_flow.states.model import Flow, State
from titan_flow.states.values import Json
from titan_flow.workflow.specfile import schema
from titan_flow.workflow.specfile.model import Param, Spec, Target
from titan_flow.workflow.specfile.references import references, resolve
from titan_flow.workflow.specfile.salvage import salvage

M = TypeVar("M", bound=BaseModel)
SECTIONS = ("transitions", "recoveries", "blocks")
"""where disarm steps stand, in this order"""
NOWHERE = "/"
"""the directory of a spec whose target cannot be read"""


@dataclass(frozen=True)
class DisarmParts:
    """`spec`: as much of one as it takes to connect and to record. `located`: its target could be read.

    `steps`: the name and the arguments of each different disarm step.
    """

    spec: Spec
    located: bool
    steps: tuple[tuple[str, Mapping[str, Json]], ...]

    def actions(self, values: Mapping[str, Json]) -> Iterator[Action]:
        """Each disarm that can be built. A reference without a value stands for an empty text."""
        for use, args in self.steps:
            with suppress(Exception):
                known: dict[str, Json] = {ref.name: "" for ref in references(dict(args))}
                kind = self.spec.adapters.check(use)
                if issubclass(kind, Action):
                    yield _lenient(kind, resolve(args, {**known, **values}), required_only=True)


def disarm_parts(text: str, path: str, adapters: Registry) -> DisarmParts:
    """`path` is for people. Raises nothing."""
    data = salvage(text)
    data = data if isinstance(data, dict) else {}
    target, steps = _target(data.get("target")), _steps(data, adapters)
    nouns = {*OUR_NOUNS, *(use.partition(".")[0] for use, _ in steps)}
    spec = Spec(
        path=path,
        text=text,
        sha256=hashlib.sha256(text.encode(errors="replace")).hexdigest(),
        flow=_flow(data),
        blocks=_blocks({name: block for name, block in data.items() if name in nouns}, adapters),
        target=target or Target(None, NOWHERE),
        params=_params(data.get("params")),
        adapters=adapters,
    )
    return DisarmParts(spec, target is not None, steps)


def _flow(data: Mapping[str, Json]) -> Flow:
    """Its name and where its runs begin; no more of it is needed."""
    states = data.get("states")
    states = states if isinstance(states, dict) else {}
    begins = (name for name, state in states.items() if isinstance(state, dict) and state.get("initial") is True)
    initial = next(begins, "unknown")
    name = data.get("flow")
    return Flow(name if isinstance(name, str) else "unknown", {initial: State(initial, initial=True)}, {}, {})


def _target(data: Json) -> Target | None:
    with suppress(ValueError):
        found = _lenient(schema.Target, data if isinstance(data, dict) else {})
        return Target(found.ssh, found.directory, found.ssh_config)
    return None


def _params(data: Json) -> dict[str, Param]:
    return {
        name: Param(name, default=str(param["default"]))
        for name, param in (data.items() if isinstance(data, dict) else ())
        if isinstance(param, dict) and isinstance(param.get("default"), str | int | float)
    }


def _blocks(data: Mapping[str, Json], adapters: Registry) -> dict[str, Settings]:
    """The adapters' settings that can be read."""
    found = dict[str, Settings]()
    for name, block in data.items():
        with suppress(Exception):
            model = adapters.settings(name)
            if model is not None and isinstance(block, dict):
                found[name] = _lenient(model, block)
    return found


def _steps(data: Mapping[str, Json], adapters: Registry) -> tuple[tuple[str, Mapping[str, Json]], ...]:
    sections = {name: data[name] for name in SECTIONS if name in data}
    uses = [use for use in _uses({**sections, **data}) if use[0] == DISARM]
    uses = uses or [use for use in _uses(sections) if _disarms(use[0], adapters)]
    different = list[tuple[str, Mapping[str, Json]]]()
    for use in uses:
        if use not in different:
            different.append(use)
    return tuple(different)


def _uses(data: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Every `adapter.verb: {…}` in it, at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            if "." in key and isinstance(value, dict):
                yield key, value
            yield from _uses(value)
    elif isinstance(data, list):
        for item in data:
            yield from _uses(item)


def _disarms(use: str, adapters: Registry) -> bool:
    """Whether it is another adapter's disarm."""
    with suppress(Exception):
        kind = adapters.check(use)
        return issubclass(kind, Action) and kind.touches == "disarm"
    return False


def _lenient(model: type[M], data: Mapping[str, Json], required_only: bool = False) -> M:
    """The data as that model, without its unknown keys; with `required_only` also without optional ones that are wrong.

    Settings that say how to connect and as whom are never dropped. Raises ValueError where the rest is not one.
    """
    rest = dict(data)
    while True:
        try:
            return model.model_validate(rest)
        except ValidationError as wrong:
            before = rest
            for error in wrong.errors(include_url=False):
                if error["type"] == "extra_forbidden":
                    rest = _without(rest, error["loc"])
                elif required_only and error["loc"] and not _required(model, error["loc"][0]):
                    rest = _without(rest, error["loc"][:1])
            if rest == before:
                raise


def _required(model: type[BaseModel], key: str | int) -> bool:
    field = model.model_fields.get(str(key))
    return field is not None and field.is_required()


def _without(data: Mapping[str, Json], path: tuple[str | int, ...]) -> dict[str, Json]:
    """A copy without the piece at that path. The names of union members, which pydantic puts in it, are passed over."""
    key, *rest = path or ("",)
    if key not in data:
        return _without(data, tuple(rest)) if rest else dict(data)
    inner = data[str(key)]
    if rest and isinstance(inner, dict):
        return {**data, str(key): _without(inner, tuple(rest))}
    return {name: value for name, value in data.items() if name != key}
