"""What a piece of a spec is called in messages."""

from __future__ import annotations

from titan_flow.states.values import Json
from titan_flow.workflow.specfile.errors import quote
from titan_flow.workflow.specfile.yaml_reader import Loc


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
