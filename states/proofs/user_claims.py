"""The team's own claims, in `prove:`, in exactly three forms.

- `A only after B`: no path comes to A without having been at B;
- `never A after B`: no path leads from B to A, also where an operator asks for a rollback on the way;
- `A within 10m`: whatever fails, a run that comes to A by itself comes there in that time (see `bounds.py`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from difflib import get_close_matches
from graphlib import CycleError

from titan_flow.states.durations import duration, seconds
from titan_flow.states.edges import Edge
from titan_flow.states.model import SourceLocation
from titan_flow.states.proofs.graph import Graph, path
from titan_flow.states.proofs.longest_run import arrivals, slowest
from titan_flow.states.proofs.violation import Fault, names, shown

RULE = "claims"
ONLY_AFTER = re.compile(r"(\S+) only after (\S+)")
NEVER_AFTER = re.compile(r"never (\S+) after (\S+)")
WITHIN = re.compile(r"(\S+) within (\S+)")
FORMS = "`A only after B`, `never A after B` and `A within 10m`"


def claims_hold(graph: Graph) -> Iterator[Fault]:
    for claim, place in graph.flow.prove:
        words = " ".join(claim.split())
        if (match := ONLY_AFTER.fullmatch(words)) or (match := NEVER_AFTER.fullmatch(words)):
            later, before = match.groups()
            proof = _only_after if match.re is ONLY_AFTER else _never_after
            yield from _strangers(graph, (later, before), place) or proof(graph, later, before, words, place)
        elif match := WITHIN.fullmatch(words):
            state, limit = match.groups()
            yield from _strangers(graph, (state,), place) or _within(graph, state, limit, words, place)
        else:
            yield Fault(f"cannot read the claim {claim!r}; claims are {FORMS}", place, rule=RULE)


def _only_after(graph: Graph, later: str, before: str, claim: str, place: SourceLocation | None) -> Iterator[Fault]:
    tree = graph.search(graph.flow.initial.name, without=before)
    if later in tree:
        yield _broken(claim, path(tree, later), later, place)


def _never_after(graph: Graph, later: str, before: str, claim: str, place: SourceLocation | None) -> Iterator[Fault]:
    if before not in graph.reached:
        return
    onward = graph.out.get(before, ())
    tree = graph.search(*(edge.target for edge in onward))
    if later in tree:
        rest = path(tree, later)
        first = next(edge for edge in onward if edge.target == (rest[0].source if rest else later))
        yield _broken(claim, (*graph.to(before), first, *rest), later, place)


def _within(graph: Graph, state: str, limit: str, claim: str, place: SourceLocation | None) -> Iterator[Fault]:
    try:
        allowed = seconds(limit)
    except ValueError as error:
        yield Fault(f"claim `{claim}`: {error}", place, rule=RULE)
        return
    try:
        latest = arrivals(graph)
    except CycleError:
        return  # a ring: told already
    at = latest[state].at if state in latest else 0.0
    if math.isfinite(at) and at > allowed:  # without end: told by `bounded`
        way = slowest(latest, state)
        text = f"`{claim}` does not hold: the slowest run takes {duration(at)} to get there: {shown(way)}"
        yield Fault(text, place, way, RULE)


def _broken(claim: str, way: tuple[Edge, ...], end: str, place: SourceLocation | None) -> Fault:
    stops = names(way, end)
    by = f" (edge `{way[-1].name}`)" if way else ""
    return Fault(f"`{claim}` does not hold: {shown(stops)}{by}", place, stops, RULE)


def _strangers(graph: Graph, mentioned: tuple[str, ...], place: SourceLocation | None) -> list[Fault]:
    known = [*graph.flow.states, *graph.flow.recoveries]
    faults: list[Fault] = []
    for name in mentioned:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            faults.append(Fault(f"claim about unknown state `{name}`{hint}", place, rule=RULE))
    return faults
