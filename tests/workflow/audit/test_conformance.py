"""Forged journals whose every hash is right: only the trip is wrong. And real ones, of which none is refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache
from typing import TypeVar

import pytest

from tests.started import OLGA
from tests.workflow.simulate.flows import small
from titan_flow.states import events as e
from titan_flow.states.chain import line, sealed, verify_lines
from titan_flow.states.hashing import GENESIS
from titan_flow.states.values import Answer, Interlock, Outcome
from titan_flow.workflow.audit.conformance import conformance
from titan_flow.workflow.simulate.faults import Fault, Token, of_steps, steps, token
from titan_flow.workflow.simulate.host import EPOCH
from titan_flow.workflow.simulate.trip import Simulator

E = TypeVar("E", bound=e.Event)
Events = list[e.Event]


@cache
def trip(name: str) -> tuple[e.Event, ...]:
    with closing(Simulator(small())) as simulator:
        return tuple(record.event for record in simulator.run(token(name, simulator.flow)).records)


def resealed(events: Sequence[e.Event]) -> list[e.Record]:
    made = list[e.Record]()
    for event in events:
        made.append(sealed("SIM", len(made) + 1, EPOCH, event, made[-1].hash if made else GENESIS))
    verify_lines([line(record) for record in made])
    return made


def found(events: Sequence[e.Event]) -> list[str]:
    return [str(finding) for finding in conformance(small().flow, resealed(events))]


def at(events: Events, kind: type[E], **facts: object) -> int:
    """Where the first event of that kind with these fields is."""
    return next(
        n
        for n, one in enumerate(events)
        if isinstance(one, kind) and all(getattr(one, k) == v for k, v in facts.items())
    )


def changed(kind: type[e.Event], of: Mapping[str, object], **facts: object) -> Callable[[Events], None]:
    def forge(events: Events) -> None:
        place = at(events, kind, **of)
        events[place] = events[place].model_copy(update=facts)

    return forge


def without(kind: type[e.Event], **facts: object) -> Callable[[Events], None]:
    return lambda events: events.pop(at(events, kind, **facts)) and None


def after(kind: type[e.Event], of: Mapping[str, object], *more: e.Event) -> Callable[[Events], None]:
    def forge(events: Events) -> None:
        place = at(events, kind, **of) + 1
        events[place:place] = more

    return forge


def until(kind: type[e.Event], of: Mapping[str, object], *more: e.Event) -> Callable[[Events], None]:
    """Cut off behind it, and made up from there."""

    def forge(events: Events) -> None:
        events[at(events, kind, **of) + 1 :] = more

    return forge


def end(state: str, outcome: Outcome, interlock: Interlock = Interlock.ARMED) -> e.RunEnded:
    return e.RunEnded(state=state, outcome=outcome, interlock=interlock)


GOOD, BACK, WAITED = "0~none", "0~up/2=fails", "0~up/2=cut_off"
UP, VERIFY, ARM = {"transition": "up"}, {"transition": "verify"}, {"transition": "arm"}
JUMP = e.TransitionEnded(transition="arm", source="Verified", target="Armed")
HOST = e.HostActed(epoch=1, began="02:14:07", silent=120, do="rollback", state="done", tries=1)
FORGED: dict[str, tuple[str, Callable[[Events], None], str]] = {
    "another spec than its hash says": (GOOD, changed(e.RunStarted, {}, spec_sha256="0" * 64), "record 1"),
    "it begins in the middle": (GOOD, changed(e.RunStarted, {}, state="Verified"), "it begins in Verified"),
    "no driver": (GOOD, without(e.DriverTook), "no driver has taken the run"),
    "an old epoch": (WAITED, changed(e.DriverTook, {"epoch": 2}, epoch=1), "epoch 1 does not follow 1"),
    "a transition that is not next": (
        GOOD, changed(e.TransitionBegan, UP, transition="arm"), "from Disarmed, up is next",
    ),
    "another commit than its parameters say": (
        GOOD, changed(e.TransitionBegan, UP, args={"up/1": {"commit": "f" * 40}, "up/2": {}}), "the arguments of up/1",
    ),
    "a step left out": (GOOD, changed(e.TransitionBegan, UP, args={"up/2": {}}), "its steps are not those of up"),
    "done without an intent": (GOOD, without(e.StepIntended, step="up/2"), "up/2 acted without an intent"),
    "steps in another order": (GOOD, without(e.StepDone, step="up/1"), "up/1 is next"),
    "a transition that ends too early": (GOOD, without(e.StepDone, step="verify/1"), "transition.ended while verify"),
    "another target": (GOOD, changed(e.TransitionEnded, UP, target="Verified"), "up leads from Disarmed to Up"),
    "a jump over the gate": (GOOD, until(e.TransitionEnded, UP, JUMP), "transition.ended while verify begins"),
    "a check that acted": (GOOD, changed(e.StepDone, {"step": "verify/1"}, acted=True), "is a check, and does nothing"),
    "a check that nobody skipped": (
        GOOD, changed(e.StepDone, {"step": "verify/1"}, waived=Answer.NO), "was not skipped by anybody",
    ),
    "the job of another attempt": (GOOD, changed(e.StepIntended, {"step": "up/2"}, key="SIM-up-2-9"), "its job is"),
    "the intent of another driver": (GOOD, changed(e.StepIntended, {"step": "up/2"}, epoch=7), "its epoch is 7"),
    "an arm that says it changes nothing": (
        GOOD, changed(e.StepIntended, {"step": "arm/2"}, moves=None), "does not say what it changes",
    ),
    "an attempt too few": (BACK, without(e.AttemptFailed, step="up/2", attempt=1), "its job is SIM-up-2-2"),
    "a failure edge that is not declared": (
        BACK, changed(e.FailureDecided, {}, target="Halted", enters="state"), "up does not lead to Halted",
    ),
    "a failure that nobody saw": (
        GOOD,
        until(e.TransitionEnded, VERIFY, e.FailureDecided(
            edge="up", step=None, target="fast_rollback", enters="recovery", reason="", answer=Answer.NO)),
        "arm is under way",
    ),
    "a watch that was cut short": (
        GOOD, until(e.TransitionEnded, ARM, end("Armed", Outcome.REACHED)), "the run is not at its end",
    ),
    "a watch with samples that nobody took": (
        GOOD, changed(e.WatchLooked, {}, needed=1, samples=1), "sample 1 of 1 does not follow",
    ),
    "a success that was a rollback": (
        BACK, changed(e.RunEnded, {}, outcome=Outcome.REACHED), "it ends reached, and should rolled_back",
    ),
    "disarmed at the end, and seen armed": (
        GOOD, changed(e.RunEnded, {}, interlock=Interlock.UNKNOWN), "the interlock was seen armed",
    ),
    "more after its end": (GOOD, after(e.RunEnded, {}, e.RunResumed(operator=OLGA)), "the run has ended"),
    "a start in the middle": (
        GOOD, lambda events: events.insert(5, events[0]), "the run starts a second time",
    ),
    "a host that was not to act": (GOOD, after(e.DriverTook, {}, HOST), "the flow has no `unattended:`"),
    "nobody waited": (GOOD, after(e.TransitionEnded, UP, e.RunResumed(operator=OLGA)), "nothing was waiting"),
    "on without an answer": (WAITED, without(e.RunResumed), "the run waits for an answer"),
    "a recovery that nobody may ask for": (
        GOOD,
        after(e.TransitionEnded, UP, e.OperatorAsked(what="rollback", operator=OLGA, recovery="verify")),
        "is no recovery that an operator may ask for",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_trip_is_refused(name: str) -> None:
    of, forge, says = FORGED[name]
    events = list(trip(of))
    assert found(events) == []
    forge(events)
    (finding,) = found(events)
    assert says in finding


def _some_trips(many: int) -> Iterator[Token]:
    draw, flow = random.Random(11), small().flow
    faults = of_steps(steps(flow))
    faults += [Fault(kind, at=n) for kind in ("die", "stop") for n in range(1, 40)]
    faults += [Fault("ask", at=n, recovery=name) for name in ("fast_rollback", "restore") for n in range(8, 40)]
    yield from (Token(tuple(draw.sample(faults, 2)), seed) for seed in range(many))


def test_no_trip_of_the_engine_is_refused() -> None:
    """Two faults each: crashes, stops, rollbacks that operators ask for, everything that steps can do."""
    flow = small().flow
    with closing(Simulator(small())) as simulator:
        for one in _some_trips(60):
            assert list(conformance(flow, simulator.run(one).records)) == [], str(one)
