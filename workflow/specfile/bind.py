"""Steps as their adapters' models: from a spec's arguments to something that can look and act."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from titan_flow.adapters.base import Check
from titan_flow.adapters.registry import Registry
from titan_flow.states.model import Flow, Step
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.references import BindError, resolve


def bind(step: Step, values: Mapping[str, Json], adapters: Registry) -> Check:
    """The step's check or action, with every `${…}` replaced. Raises BindError, naming the step."""
    try:
        return instance(step.use, resolve(step.args, values), adapters)
    except BindError as why:
        raise BindError(f"{step.id}: {why}") from None


def misfits(flow: Flow, params: Mapping[str, str], adapters: Registry) -> list[str]:
    """In words: the steps that these parameters alone make impossible. What only a run can know is not judged."""
    values: dict[str, Json] = {**flow.values(), **{f"params.{name}": value for name, value in params.items()}}
    found: list[str] = []
    for step in (step for edge in flow.edges for step in edge.steps):
        try:
            args = resolve(step.args, values)
        except BindError:
            continue
        try:
            instance(step.use, args, adapters)
        except BindError as why:
            found.append(f"{step.id}: {why}")
    return found


def instance(use: str, args: Mapping[str, Json], adapters: Registry) -> Check:
    """The check or action of that name with resolved arguments. Raises BindError."""
    try:
        return adapters.check(use).model_validate(dict(args))
    except (LookupError, ImportError):
        raise BindError(f"there is no `{use}` in this titan-flow") from None
    except ValidationError as why:
        first = why.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ").splitlines()[0]
        raise BindError(f"`{use}`{f', `{where}`' if where else ''}: {what}") from None
    except (re.error, RecursionError, OverflowError) as why:
        raise BindError(f"`{use}`: {why}") from None
