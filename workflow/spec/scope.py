"""What may stand where: checks and actions, and names that have a value on every path to the place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from titan_flow.states.edges import FAST, Edge, edges
from titan_flow.states.model import Flow
from titan_flow.workflow.spec.build import Parts
from titan_flow.workflow.spec.draft import Draft
from titan_flow.workflow.spec.mistakes import listed, quote
from titan_flow.workflow.spec.page import Loc
from titan_flow.workflow.spec.references import Ref, references
from titan_flow.workflow.spec.steps import Placed

SERVICES = ("compose", "supervisor")


def right_kind(draft: Draft, parts: Parts) -> None:
    """Under `check:` steps only look; under `do:` they act. Each finds the top-level blocks that it needs."""
    for placed in (one for steps in parts.checks.values() for one in steps):
        if placed.use.acts:
            _misplaced(draft, placed, "acts: it belongs under `do:`")
    for placed in (one for steps in parts.actions.values() for one in steps):
        if not placed.use.acts:
            _misplaced(draft, placed, "only looks: it belongs under `check:`")
    lacking: set[str] = set()
    for placed in (one for steps in parts.all.values() for one in steps):
        for need in placed.use.kind.needs:
            wanted = SERVICES if need == "services" else (need,)
            if need not in lacking and not any(block in draft.found.page.data for block in wanted):
                lacking.add(need)
                blocks = listed(f"`{block}:`" for block in wanted)
                draft.found.note(placed.use.at, f"{quote(placed.use.use)} needs a {blocks} block in the spec", key=True)


def _misplaced(draft: Draft, placed: Placed, text: str) -> None:
    direct = placed.use.at[: len(placed.at)] == placed.at
    block = "" if direct else f"block {quote(placed.use.at[1])}: "
    draft.found.note(placed.use.at if direct else placed.at, f"{block}{quote(placed.use.use)} {text}", key=direct)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which names have a value where, by the graph: delete what gives it, and search for a path."""

    draft: Draft
    flow: Flow
    parts: Parts

    def check(self) -> None:
        for name, steps in self.parts.all.items():
            for placed in steps:
                for at, ref in _leaves(placed):
                    if text := self._wrong(ref, name):
                        self.draft.found.note(at, f"{quote('${' + ref.name + '}')} {text}")

    def _wrong(self, ref: Ref, here: str) -> str:
        if ref.head == "params":
            param = self.draft.params.get(ref.tail)
            only = param.only if param is not None else None
            return (
                f"is only for recovery {quote(only)}, but {self._kind(here)} uses it"
                if only not in (None, here)
                else ""
            )
        if ref.head == "release":
            path = self._around(here, self._snapshots, [self.flow.initial.name])
            return f"is read by {self._kind(here)}, which can come before the snapshot: {path}" if path else ""
        if ref.head in self.flow.transitions or ref.head in self.flow.recoveries:
            begins = [self.flow.initial.name, *(r.name for r in self.flow.recoveries.values() if r.by_operator)]
            begins += [FAST] if FAST in self.flow.recoveries else []
            path = self._around(here, lambda edge: edge.name == ref.head, begins)
            return f"is read by {self._kind(here)}, which can come without {quote(ref.head)}: {path}" if path else ""
        return ""

    def _snapshots(self, edge: Edge) -> bool:
        return any(step.touches == "snapshot" for step in self.flow.edge(edge.name).actions)

    def _around(self, here: str, gives: Callable[[Edge], bool], begins: Iterable[str]) -> str:
        """A path to where `here` begins on which nothing `gives` the value; empty where there is none."""
        goal = self.flow.transitions[here].source if here in self.flow.transitions else here
        onward: dict[str, list[str]] = {}
        for edge in edges(self.flow):
            ended = edge.kind in ("forward", "recovery")
            if edge.automatic and not (ended and gives(edge)):
                onward.setdefault(edge.source, []).append(edge.target)
        came: dict[str, str | None] = dict.fromkeys(begins)
        todo = deque(came)
        while todo:
            at = todo.popleft()
            if at == goal:
                return _path(came, at, here)
            for target in onward.get(at, ()):
                if target not in came:
                    came[target] = at
                    todo.append(target)
        return ""

    def _kind(self, name: str) -> str:
        if name in self.flow.states:
            return f"the watch of state {quote(name)}"
        return f"{'transition' if name in self.flow.transitions else 'recovery'} {quote(name)}"


def _path(came: dict[str, str | None], at: str, here: str) -> str:
    path: list[str] = [] if at == here else [here]
    step: str | None = at
    while step is not None:
        path.append(step)
        step = came[step]
    return " → ".join(reversed(path))


def _leaves(placed: Placed) -> Iterable[tuple[Loc, Ref]]:
    """Every well-formed reference of a step, with where it stands."""
    todo: list[tuple[Loc, object]] = [(placed.use.at, dict(placed.use.args))]
    while todo:
        at, value = todo.pop()
        if isinstance(value, dict):
            todo += [((*at, str(key)), inner) for key, inner in value.items()]  # pyright: ignore
        elif isinstance(value, list):
            todo += [((*at, number), inner) for number, inner in enumerate(value)]  # pyright: ignore
        elif isinstance(value, str):
            try:
                yield from ((at, ref) for ref in references(value))
            except ValueError:
                continue  # noted where arguments are judged
