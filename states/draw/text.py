"""The path to the goal as a vertical list, with the failure target of each step at the right; recoveries below it."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from titan_flow.states.draw.trip import Trip
from titan_flow.states.draw.vocabulary import asked_for, clock, labels, mark, plain, spent, stands, way, work
from titan_flow.states.edges import PARK
from titan_flow.states.model import Flow, State, Transition

Row = tuple[str, str, str]
"""what leads where; how; the failure target"""


def text(flow: Flow, trip: Trip | None = None, columns: int = 0) -> str:
    """The flow on a page, about 100 columns wide for names of usual length; no newline at the end.

    `columns`: the room that there is (0: as much as it takes). Where it is less, what does not fit stands below.
    """
    path = way(flow)
    on_way = [flow.initial.name, *(edge.target for edge in path)]
    rows: list[Row] = [] if path else [(_named(flow.initial, trip), "", "")]
    for n, edge in enumerate(path):
        start = edge.source or "" if n == 0 else ""
        rows += _step(flow, edge, start, trip)
    also = [row for t in flow.transitions.values() if t not in path for row in _step(flow, t, t.source or "", trip)]
    back = [row for recovery in flow.recoveries.values() for row in _back(flow, recovery, trip)]
    told = {*on_way, *(r.target for r in flow.recoveries.values())}
    rests = [_named(s, trip) for s in flow.states.values() if s.rest]
    left = [_named(s, trip) for s in flow.states.values() if not s.rest and s.name not in told]
    blocks = [_head(flow, trip), *_table([("", rows), ("other transitions", also), ("recoveries", back)], columns)]
    lists = (("may also end in", rests), ("not reached", left))
    ends = [f"{title}  {' · '.join(found)}" for title, found in lists if found]
    return "\n\n".join([*blocks, *(["\n".join(ends)] if ends else [])])


def _head(flow: Flow, trip: Trip | None) -> str:
    return plain(": ".join(part for part in (flow.name, stands(trip) if trip is not None else flow.about) if part))


def _table(sections: Sequence[tuple[str, list[Row]]], columns: int) -> list[str]:
    """Sections of rows; the failure targets of all rows share one column, where there is room for that."""
    firsts = [max((len(a) for a, _, _ in section), default=0) for _, section in sections]
    left = [
        (title, [(f"{a:<{n}}  {b}", c) for a, b, c in rows]) for (title, rows), n in zip(sections, firsts, strict=True)
    ]
    wide = max((len(lead) for _, rows in left for lead, _ in rows), default=0)
    aims = max((len(c) for _, rows in left for _, c in rows), default=0)
    if columns and wide + aims + 3 > columns:
        left = [(title, [row for pair in rows for row in _broken(*pair, columns - aims - 3)]) for title, rows in left]
        wide = columns - aims - 3
    blocks = [(title, [f" {lead:<{wide}}  {c}".rstrip() for lead, c in rows]) for title, rows in left if rows]
    return ["\n".join([title, *rows] if title else rows) for title, rows in blocks]


def _broken(lead: str, aim: str, room: int) -> list[tuple[str, str]]:
    """One row as several, none wider than `room` where words allow it; the failure target stands beside the first."""
    first, *more = wrap(lead, max(room, 20), subsequent_indent="   ", replace_whitespace=False, break_long_words=False)
    return [(first, aim), *((one, "") for one in more)]


def _step(flow: Flow, edge: Transition, start: str, trip: Trip | None) -> list[Row]:
    state = flow.states.get(edge.target)
    said = [word for word in (labels(state) if state else ()) if not word.startswith("watch")]
    seen = mark(start, trip) if trip is not None and start == trip.here else mark(edge.target, trip)
    lead = " ".join(part for part in (seen, plain(start), "→", plain(edge.target)) if part)
    marked = lead + (f" ({', '.join(said)})" if said else "")
    longest = max(len(plain(name)) for name in flow.transitions)
    how = (
        f"{plain(edge.name):<{longest}}  {_joined(work(edge), spent(edge.name, trip), _at(edge.target, trip))}".rstrip()
    )
    rows = [(marked, how, _failing(edge.on_failure, edge.on_unknown))]
    if state is not None and (watch := state.watch) is not None:
        held = next(word for word in labels(state) if word.startswith("watch"))
        rows.append((f"  {_joined(held, spent(state.name, trip))}", "", _failing(watch.on_failure, watch.on_unknown)))
    return rows


def _back(flow: Flow, recovery: Transition, trip: Trip | None) -> list[Row]:
    state = flow.states.get(recovery.target)
    then = f" → {plain(state.then)}" if state is not None and state.then is not None else ""
    lead = f"{mark(recovery.name, trip)} {plain(recovery.name)}".strip()
    asked = recovery.name in asked_for(flow)
    by = "; started only by an operator" if recovery.by_operator else "; also started by `titan-flow rollback`" * asked
    target = f"{mark(recovery.target, trip)} {plain(recovery.target)}".strip()
    how = _joined(work(recovery) + by, spent(recovery.name, trip), _at(recovery.name, trip))
    return [(f"{lead} → {target}{then}", how, _failing(recovery.on_failure, recovery.on_unknown))]


def _named(state: State, trip: Trip | None) -> str:
    said = [word for word in labels(state) if word != "end state"]
    named = f"{mark(state.name, trip)} {plain(state.name)}".strip() + (f" ({', '.join(said)})" if said else "")
    return " ".join(part for part in (named, _at(state.name, trip)) if part)


def _failing(on_failure: str | None, on_unknown: str) -> str:
    """`↘ fast_rollback`; an unknown result parks the run unless the spec names a target for it."""
    failed = f"↘ {plain(on_failure)}" if on_failure is not None else ""
    other = f"unknown ↘ {plain(on_unknown)}" if on_unknown not in (PARK, on_failure) else ""
    return ", ".join(part for part in (failed, other) if part)


def _at(node: str, trip: Trip | None) -> str:
    at = clock(node, trip)
    return f"at {at}" if at else ""


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
