"""The difference between two flows: states, edges, steps, bounds and gates that were added, removed or changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from json import dumps
from math import isfinite
from typing import Literal, TypeVar

from titan_flow.states.draw.diagram import diagram
from titan_flow.states.draw.vocabulary import labels, plain
from titan_flow.states.durations import duration
from titan_flow.states.edges import PARK
from titan_flow.states.model import Flow, State, Step, Transition
from titan_flow.states.proofs.longest_run import bound

T = TypeVar("T")
Sign = Literal["added", "removed", "changed"]
SIGNS: Mapping[Sign, str] = {"added": "+", "removed": "−", "changed": "~"}
_Key = tuple[str, str, str]
LONGEST = 120
"""letters of a step's arguments"""


@dataclass(frozen=True, slots=True)
class Change:
    """`says` are short lines: what exactly. Kinds: flow, state, transition, recovery, edge, claim, bound."""

    sign: Sign
    kind: str
    name: str
    says: tuple[str, ...] = ()


def changes(old: Flow, new: Flow) -> tuple[Change, ...]:
    """Everything that differs, in the order of the new spec; removed items come last in their kind."""
    found = list(_whole(old, new))
    found += _kind("state", old.states, new.states, _state, _said)
    found += _kind("transition", old.transitions, new.transitions, _edge, _leads)
    found += _kind("recovery", old.recoveries, new.recoveries, _edge, _leads)
    return (*found, *_edges(old, new))


def _whole(old: Flow, new: Flow) -> Iterator[Change]:
    says = tuple(_altered((("name", old.name, new.name), ("about", old.about, new.about))))
    if says:
        yield Change("changed", "flow", new.name, says)
    before, after = (_ends(flow) for flow in (old, new))
    if before != after:
        yield Change("changed", "bound", "longest run", (f"{before} → {after}",))
    claims, claimed = ([text for text, _ in flow.prove] for flow in (old, new))
    yield from (Change("added", "claim", text) for text in claimed if text not in claims)
    yield from (Change("removed", "claim", text) for text in claims if text not in claimed)


def _ends(flow: Flow) -> str:
    latest = bound(flow)
    return duration(latest) if isfinite(latest) else "unbounded"


def _kind(
    kind: str,
    old: Mapping[str, T],
    new: Mapping[str, T],
    alters: Callable[[T, T], Iterable[str]],
    tells: Callable[[T], tuple[str, ...]],
) -> Iterator[Change]:
    for name, one in new.items():
        if name not in old:
            yield Change("added", kind, name, tells(one))
        elif says := tuple(alters(old[name], one)):
            yield Change("changed", kind, name, says)
    yield from (Change("removed", kind, name, tells(one)) for name, one in old.items() if name not in new)


def _said(state: State) -> tuple[str, ...]:
    return (", ".join((*labels(state), f"interlock {state.interlock}")),)


def _leads(edge: Transition) -> tuple[str, ...]:
    where = f"{edge.source} → {edge.target}" if edge.source is not None else f"→ {edge.target}"
    return (where, *(_step_line("+", step) for step in edge.steps))


def _state(old: State, new: State) -> Iterator[str]:
    for word, was, now in (
        ("gate", old.gate, new.gate), ("goal", old.goal, new.goal), ("end state", old.rest, new.rest),
        ("start", old.initial, new.initial), ("sends a notification", old.notify, new.notify),
    ):  # fmt: skip
        if was != now:
            yield f"now {word}" if now else f"no longer {word}"
    yield from _altered((("interlock", old.interlock, new.interlock), ("then", old.then, new.then)))
    yield from _altered((("about", old.about, new.about),))
    was, now = old.watch, new.watch
    if was is None or now is None:
        if was is not now:
            yield f"now watched for {duration(now.duration)}" if now is not None else "no longer watched"
        return
    yield from _altered(
        (
            ("watch", duration(was.duration), duration(now.duration)),
            ("checked every", duration(was.every), duration(now.every)),
            ("watch fails into", was.on_failure, now.on_failure),
            ("watch unknown into", was.on_unknown, now.on_unknown),
        )
    )
    yield from _steps(was.checks, now.checks)


def _edge(old: Transition, new: Transition) -> Iterator[str]:
    was, now = old.patience, new.patience
    yield from _altered(
        (
            ("from", old.source, new.source),
            ("to", old.target, new.target),
            ("fails into", old.on_failure or PARK, new.on_failure or PARK),
            ("unknown into", old.on_unknown, new.on_unknown),
            ("timeout", duration(was.timeout), duration(now.timeout)),
            ("within", duration(was.within), duration(now.within)),
            ("attempts", str(was.attempts), str(now.attempts)),
            (
                "waits",
                f"{duration(was.wait_min)}..{duration(was.wait_max)}",
                f"{duration(now.wait_min)}..{duration(now.wait_max)}",
            ),
            ("steady", duration(old.steady), duration(new.steady)),
            ("about", old.about, new.about),
        )
    )
    if old.by_operator != new.by_operator:
        yield "now only by an operator" if new.by_operator else "no longer only by an operator"
    yield from _steps(old.steps, new.steps)


def _altered(pairs: Sequence[tuple[str, str | None, str | None]]) -> Iterator[str]:
    for what, was, now in pairs:
        if was != now:
            yield f"{what}: {was or 'nothing'} → {now or 'nothing'}"


def _steps(old: Sequence[Step], new: Sequence[Step]) -> Iterator[str]:
    """By what they do, not by their number: a step put in before others does not change those."""
    was, now = ([(step.use, _args(step)) for step in steps] for steps in (old, new))
    for tag, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (_step_line("−", step) for step in old[a:b])
            yield from (_step_line("+", step) for step in new[c:d])


def _step_line(sign: str, step: Step) -> str:
    args = _args(step)
    shown = args if len(args) <= LONGEST else f"{args[: LONGEST - 1]}…"
    return f"{sign} {'action' if step.acts else 'check'} {step.use} {shown}".rstrip()


def _args(step: Step) -> str:
    return dumps(dict(step.args), ensure_ascii=False, sort_keys=True) if step.args else ""


def _edges(old: Flow, new: Flow) -> Iterator[Change]:
    was, now = ({line.key: line.label for line in diagram(flow).lines} for flow in (old, new))
    sides: tuple[tuple[Sign, Mapping[_Key, str], Mapping[_Key, str]], ...] = (
        ("added", now, was),
        ("removed", was, now),
    )
    for sign, ours, theirs in sides:
        for (source, target, kind), label in ours.items():
            if (source, target, kind) not in theirs:
                arrow = "↘" if kind == "failure" else "→"
                yield Change(sign, "edge", f"{source} {arrow} {target}", (label,) if label else ())


def shown(found: Sequence[Change], title: str) -> str:
    """As text, for a terminal; no newline at the end."""
    if not found:
        return f"{plain(title)}: no change that affects a run"
    counts = [(sum(one.sign == sign for one in found), sign) for sign in SIGNS]
    lines = [f"{plain(title)}: {', '.join(f'{count} {sign}' for count, sign in counts if count)}", ""]
    wide = max(len(one.kind) for one in found)
    for one in found:
        head, *more = (*one.says, "") if len(one.says) < 2 else ("", *one.says)
        lines.append(f" {SIGNS[one.sign]} {one.kind:<{wide}}  {plain(one.name)}{f': {plain(head)}' if head else ''}")
        lines += [f"   {'':<{wide}}    {plain(text)}" for text in more if text]
    return "\n".join(lines)
