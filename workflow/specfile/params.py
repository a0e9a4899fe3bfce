"""Parameters: what `--set` may give, and what has to be looked up."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from titan_flow.adapters.base import Value
from titan_flow.adapters.registry import Registry
from titan_flow.states.values import Json
from titan_flow.workflow.specfile.draft import Draft
from titan_flow.workflow.specfile.errors import Mistake, SpecError, quote, suggestion
from titan_flow.workflow.specfile.labels import kind_of
from titan_flow.workflow.specfile.model import Param, Spec, ValueUse
from titan_flow.workflow.specfile.references import BindError
from titan_flow.workflow.specfile.yaml_reader import Loc


def parameters(
    spec: Spec, given: Mapping[str, str], recovery: str | None = None
) -> tuple[dict[str, str], dict[str, ValueUse]]:
    """The values that are known, and those still to be looked up.

    `recovery` is the one that the run begins with: its own parameters are asked for too. Raises SpecError where a
    name is unknown, a value does not match its pattern, or one without a default is missing.
    """
    known: dict[str, str] = {}
    lookups: dict[str, ValueUse] = {}
    mistakes = [
        Mistake(f"--set {name}", 0, 0, f"{spec.path} has no such parameter{suggestion(name, spec.params)}")
        for name in given
        if name not in spec.params
    ]
    for name, param in spec.params.items():
        if name in given:
            known[name] = given[name]
            if wrong := param.wrong(given[name]) or refusal(spec, given[name]):
                mistakes.append(Mistake(f"--set {name}", 0, 0, wrong))
        elif isinstance(param.default, str):
            known[name] = param.default
        elif param.only not in (None, recovery):
            continue
        elif param.default is not None:
            lookups[name] = param.default
        else:
            about = f": {param.about}" if param.about else ""
            mistakes.append(
                Mistake(spec.path, 0, 0, f"parameter {quote(name)} has no value; add --set {name}=…{about}")
            )
    if mistakes:
        raise SpecError(mistakes)
    return known, lookups


def refusal(spec: Spec, value: str) -> str:
    """Why a block of the spec refuses an operator's value; "" where none does."""
    return next((why for block in spec.blocks.values() if (why := block.refusal(value))), "")


def reason_of(spec: Spec, reason: str) -> str:
    """The operator's `--reason`. Raises SpecError where a block refuses it."""
    if why := refusal(spec, reason):
        raise SpecError([Mistake("--reason", 0, 0, why)])
    return reason


def looked_up(use: ValueUse, adapters: Registry) -> Value:
    """The adapter's value, ready to be asked. Raises BindError."""
    try:
        return adapters.value(use.use).model_validate(dict(use.args))
    except (LookupError, ImportError, ValidationError) as why:
        raise BindError(f"`{use.use}`: {str(why).splitlines()[0]}") from None


def declared(draft: Draft) -> dict[str, Param]:
    """The parameters of a draft; what is wrong with their defaults is noted."""
    found: dict[str, Param] = {}
    for name, one in draft.params.items():
        at: Loc = ("params", name)
        if one.only is not None and one.only not in draft.names("recoveries"):
            hint = suggestion(one.only, draft.names("recoveries"))
            draft.found.note((*at, "only"), f"parameter {quote(name)} is for unknown recovery {quote(one.only)}{hint}")
        default = _default(draft, one.default, (*at, "default")) if one.default is not None else None
        param = Param(name, one.about, one.pattern, default, one.only)
        if isinstance(default, str) and (wrong := param.wrong(default)):
            draft.found.note((*at, "default"), f"the default of parameter {quote(name)}: {wrong}")
        found[name] = param
    return found


def _default(draft: Draft, value: Json, at: Loc) -> str | ValueUse | None:
    note, who = draft.found.note, f"the default of parameter {quote(at[1])}"
    if isinstance(value, str):
        if "${" in value:
            note(at, f"{who}: `${{…}}` is not replaced in a default")
        return value
    if isinstance(value, int | float):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        note(at, f'{who} takes text, not {kind_of(value)}: write "{text}"')
        return None
    if not isinstance(value, dict) or len(value) != 1:
        note(at, f"{who} takes text, or one value to look up, like {{git.tip: {{branch: main}}}}")
        return None
    ((use, args),) = value.items()
    model = _value(draft, use, (*at, use))
    if model is None:
        return None
    if draft.found.valid(model, {} if args is None else args, (*at, use)) is None or not isinstance(args or {}, dict):
        return None
    return ValueUse(use, args if isinstance(args, dict) else {})


def _value(draft: Draft, use: str, at: Loc) -> type[Value] | None:
    noun = use.partition(".")[0]
    try:
        offered = {value.name: value for value in draft.adapters.adapter(noun).values}
    except LookupError:
        draft.found.note(at, f"unknown adapter {quote(noun)}{suggestion(noun, draft.adapters.nouns)}", key=True)
        return None
    except (ImportError, TypeError) as why:
        draft.found.note(at, f"the adapter {quote(noun)} cannot be loaded: {why}", key=True)
        return None
    if use not in offered:
        draft.found.note(at, f"the adapter {quote(noun)} has no value {quote(use)}{suggestion(use, offered)}", key=True)
    return offered.get(use)
