"""What may stand where: checks and actions, and names that have a value on every path to the place."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.protocol import Services
from titan_flow.states.edges import FAST, Edge, edges
from titan_flow.states.model import Flow
from titan_flow.workflow.specfile import schema
from titan_flow.workflow.specfile.build import Parts
from titan_flow.workflow.specfile.draft import Draft
from titan_flow.workflow.specfile.errors import listed, quote
from titan_flow.workflow.specfile.references import Ref, references
from titan_flow.workflow.specfile.steps import Placed
from titan_flow.workflow.specfile.yaml_reader import Loc

SERVICES = "services"
"""a need that any block satisfies whose adapter runs the flow's services"""


def right_kind(draft: Draft, parts: Parts) -> None:
    """Under `check:` steps only look; under `do:` they act. Edges that have it otherwise are lost to the proofs."""
    for acting, lists in ((False, parts.checks), (True, parts.actions)):
        for name, steps in lists.items():
            wrong = {placed.at: placed for placed in steps if placed.use.acts != acting}
            if name in parts.lost:
                continue
            for placed in wrong.values():
                parts.lost.add(name)
                text = "is a check: it belongs under `check:`" if acting else "acts: it belongs under `do:`"
                block = f" (in block {quote(placed.block)})" if placed.block else ""
                at = placed.at if placed.block else placed.use.at
                draft.found.note(at, f"{quote(placed.use.use)}{block} {text}", key=not placed.block)


def blocks_there(draft: Draft, steps: Iterable[Placed]) -> None:
    """Each step finds the top-level blocks that it needs; each block that lacks is named once."""
    lacking: set[str] = set()
    blocks = [key for key in draft.meant if not (key in schema.Top.model_fields or key.startswith("x-"))]
    there = {*blocks, SERVICES} if _runners(draft.adapters, blocks) else {*blocks}
    for placed in steps:
        for need in placed.use.kind.needs:
            if need in there:
                continue
            wanted = (_runners(draft.adapters, draft.adapters.nouns) if need == SERVICES else ()) or (need,)
            if not lacking.intersection(wanted):
                lacking.update(wanted)
                blocks = listed(f"`{block}:`" for block in wanted)
                draft.found.note(
                    placed.use.at, f"{quote(placed.use.use)} needs the block {blocks} in the spec", key=True
                )


def _runners(adapters: Registry, nouns: Iterable[str]) -> tuple[str, ...]:
    """Those of the adapters that run services."""
    return tuple(one.noun for one in adapters.loadable(nouns) if Services in one.offers)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which names have a value where, by the graph: delete what gives it, and search for a path."""

    draft: Draft
    flow: Flow
    parts: Parts
    known: Collection[str]

    def check(self) -> None:
        """Notes each place once, however many edges use it."""
        told: set[Loc] = set()
        for name, steps in self.parts.all.items():
            for at, ref in (leaf for placed in steps for leaf in _leaves(placed)):
                if ref.name in self.known and at not in told and (text := self._wrong(ref, name)):
                    told.add(at)
                    self.draft.found.note(at, f"{quote('${' + ref.name + '}')} {text}")

    def _wrong(self, ref: Ref, here: str) -> str:
        if ref.head == "params":
            param = self.draft.params.get(ref.tail)
            only = param.only if param is not None and param.only in self.flow.recoveries else None
            return (
                f"is only for recovery {quote(only)}, but {self._kind(here)} uses it"
                if only not in (None, here)
                else ""
            )
        if ref.head == "release":
            path = self._around(here, self._snapshots, [self.flow.initial.name])
            return f"is read by {self._kind(here)}, which can come before the snapshot: {path}" if path else ""
        if ref.tail == "within":
            return ""  # the flow's own, known before anything runs
        if ref.head == here:
            return f"is an output of {self._kind(here)} itself, which has it only at its end"
        if ref.head in self.flow.transitions or ref.head in self.flow.recoveries:
            begins = [self.flow.initial.name, *(r.name for r in self.flow.recoveries.values() if r.by_operator)]
            begins += [FAST] if FAST in self.flow.recoveries else []
            path = self._around(here, lambda edge: edge.name == ref.head, begins)
            if path == here:
                return f"is read by {self._kind(here)}, which an operator may enter where {quote(ref.head)} never was"
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
