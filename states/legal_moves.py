"""Which moves are legal: a synchronous `transitions.Machine`, without callbacks or model, built from the derived edges.

`auto_transitions` stay off: their `to_X()` would jump over every gate. The machine decides nothing and moves nothing;
it is a second opinion beside `moves.py`, asked before a run's state changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from titan_flow.states.edges import edges, entries
from titan_flow.states.model import Flow

if TYPE_CHECKING:
    from transitions import Machine


def failed(name: str) -> str:
    """The move that a failing transition, recovery or watched state makes."""
    return f"{name}:failed"


def unknown(name: str) -> str:
    """The move if the result is unknown, unless that parks: parking is not a move."""
    return f"{name}:unknown"


@dataclass(frozen=True, slots=True)
class Legal:
    """Moves are the names of transitions and recoveries (they ended), `failed(name)` and `unknown(name)`."""

    machine: Machine
    states: frozenset[str]

    def allows(self, state: str, move: str) -> bool:
        """Whether a run that stands at `state` may make that move. False on names that nobody knows."""
        return self.target(state, move) is not None

    def target(self, state: str, move: str) -> str | None:
        """Where the run then stands; None where the move is not legal.

        A failure that a recovery answers leaves the run where it stands: the recovery begins there.
        """
        if state not in self.states or not move:
            return None
        found = self.machine.get_transitions(move, state)
        return found[0].dest if found else None


def legal(flow: Flow) -> Legal:
    """The machine of that flow. Edges with unknown ends are left out: the proofs name them."""
    from transitions import Machine

    machine = Machine(model=None, states=list(flow.states), initial=None, auto_transitions=False, send_event=False)
    for move, state, target in dict.fromkeys(_moves(flow)):
        machine.add_transition(move, state, target)
    return Legal(machine, frozenset(flow.states))


def _moves(flow: Flow) -> Iterator[tuple[str, str, str]]:
    standing = entries(flow)
    for edge in edges(flow):
        if edge.kind in ("then", "operator"):
            continue  # they begin a recovery: no move of the run, until that ends or fails
        move = {"failure": failed, "watch": failed, "unknown": unknown}.get(edge.kind, str)(edge.name)
        for state in standing.get(edge.source, (edge.source,)):
            if edge.target in flow.recoveries:
                yield move, state, state
            elif edge.target in flow.states:
                yield move, state, edge.target
