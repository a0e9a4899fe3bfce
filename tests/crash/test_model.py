"""The engine's decisions against crashes, exhaustively: every fault at every point of a small world, up to two.

What must hold of every state that can be reached: nothing is done without its intent on record, and recorded outcomes
<= effects <= recorded intents (1, 2); a driver that was overtaken does nothing more that is not safe (4, 5); every run
ends where a run may end, or is parked with a question (6); nothing is armed that nobody verified, nothing new is
brought up while the system may act, and a run that says disarmed is (7).
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.crash.explorer import Explorer
from tests.crash.world import Violation
from titan_flow.states.events import Event, StepIntended
from titan_flow.states.model import Flow
from titan_flow.states.moves import CheckAll, Move, next_move
from titan_flow.states.run import Run

WORLDS = {
    "good": (2, 0),
    "good, and an operator asks for a rollback anywhere": (1, 1),
    "new: cannot be brought up": (1, 1),
    "bad new: never healthy": (2, 0),
    "bad new, old: never healthy, and no rollback target": (1, 1),
    "arm: cannot be armed": (1, 1),
    "disarm: cannot be disarmed": (2, 0),
}
"""what is broken, and in words; how many faults, and how often people may ask or answer"""


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
async def test_every_law_holds_in_every_state(world: str) -> None:
    faults, asks = WORLDS[world]
    broken = frozenset(word for word in world.partition(":")[0].split(", ") if ":" in world)
    explorer = Explorer(faults, asks)
    await explorer.explore(broken)
    print(f"{world}: {explorer.states} states, {explorer.moves} moves, ends {explorer.ends}: 0 violations")
    assert explorer.states > 200
    assert "halted" in explorer.ends


def _blind(flow: Flow, run: Run) -> Move | None:
    """Takes every check for green."""
    move = next_move(flow, run)
    unchecked = {name: replace(edge, checks=()) for name, edge in flow.transitions.items()}
    return next_move(replace(flow, transitions=unchecked), run) if isinstance(move, CheckAll) else move


def _forgetful(event: Event) -> bool:
    return not isinstance(event, StepIntended)


@pytest.mark.parametrize(
    ("mutant", "law"),
    [
        (Explorer(1, decide=_blind), "the interlock is never assumed: arm/2 arms new, which nobody verified"),
        (Explorer(1, durable=_forgetful), "observe, act, observe: record/1"),
        (Explorer(1, fenced=False), "fenced: a driver of epoch"),
    ],
    ids=["arms without looking", "acts without an intent on record", "is not fenced"],
)
async def test_an_engine_that_breaks_a_law_is_caught(mutant: Explorer, law: str) -> None:
    with pytest.raises(Violation, match=law):
        await mutant.explore()
