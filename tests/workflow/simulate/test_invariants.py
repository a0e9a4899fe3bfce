"""Mutants: one rule of the engine, the guard, the journal or the proofs is switched off; the judge must notice."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import pytest

from tests.workflow.simulate.flows import changed, small
from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.guard.client import Done
from titan_flow.states import events as e
from titan_flow.states.model import Step
from titan_flow.states.proofs.longest_run import bound
from titan_flow.states.values import Answer, Observation
from titan_flow.workflow.simulate import explore
from titan_flow.workflow.simulate.faults import token
from titan_flow.workflow.simulate.host import SimGateway, SimGuard, SimJournal
from titan_flow.workflow.simulate.invariants import RULES
from titan_flow.workflow.simulate.stand_ins import SimAction, SimCheck, stand_in
from titan_flow.workflow.simulate.trip import Simulator


class _NoIntents(SimJournal):
    def extend(self, entries: Sequence[tuple[e.Record, str]]) -> None:
        super().extend([entry for entry in entries if not isinstance(entry[0].event, e.StepIntended)])


class _LosesRecords(SimJournal):
    def extend(self, entries: Sequence[tuple[e.Record, str]]) -> None:
        super().extend([entry for entry in entries if not isinstance(entry[0].event, e.StepDone)])


class _StartsAgain(SimGuard):
    async def job(
        self,
        key: str,
        job: Job,
        epoch: int,
        timeout: float,
        lines: Sequence[str],
        first: int,
        run: str,
        last_disarm: int = 0,
    ) -> Done:
        await super().job(key, job, epoch, timeout, lines, first, run)
        self._state.jobs.clear()
        return await super().job(key, job, epoch, timeout, [], first + len(lines), run)


class _DoesNothing(SimGuard):
    async def job(
        self,
        key: str,
        job: Job,
        epoch: int,
        timeout: float,
        lines: Sequence[str],
        first: int,
        run: str,
        last_disarm: int = 0,
    ) -> Done:
        return Done(CommandResult(0, ""), False, 0)


class _Slow(SimGateway):
    async def sleep(self, seconds: float) -> None:
        await super().sleep(10_000 * seconds)


def _credulous(step: Step) -> type[SimCheck] | type[SimAction]:
    """An action whose exit code 0 counts as done, though nothing observes it."""
    kind = stand_in(step)

    def judged(_: SimAction, done: CommandResult) -> Observation:
        return Observation(Answer.YES)

    return type(kind.__name__, (kind,), {"judged": judged, "__module__": __name__}) if step.acts else kind


def _careless(step: Step) -> type[SimCheck] | type[SimAction]:
    """A disarm that is never confirmed, and goes on."""
    kind = stand_in(step)

    def continues(_: SimAction) -> bool:
        return True

    goes_on = {"continues_unconfirmed": property(continues), "__module__": __name__}
    return type(kind.__name__, (kind,), goes_on) if step.touches == "disarm" else kind


class NoIntents(Simulator):
    journal = _NoIntents


class LosesRecords(Simulator):
    journal = _LosesRecords


class StartsAgain(Simulator):
    guard = _StartsAgain


class InventsOutcomes(Simulator):
    guard, stand_in = _DoesNothing, staticmethod(_credulous)


class BelievesExitCodes(Simulator):
    stand_in = staticmethod(_credulous)


class GoesOnArmed(Simulator):
    stand_in = staticmethod(_careless)


class NeverGivesUp(Simulator):
    gateway = _Slow


ENGINE = [
    (NoIntents, "0~none", "intent before effect"),
    (NoIntents, "0~up/2=fails_once", "nothing acknowledged is lost"),
    (LosesRecords, "0~none", "nothing acknowledged is lost"),
    (StartsAgain, "0~none", "one job a key"),
    (StartsAgain, "0~up/2=fails_once", "one job a key"),
    (InventsOutcomes, "0~none", "recorded outcomes <= effects <= recorded intents"),
    (BelievesExitCodes, "0~up/2=unseen", "the record equals the world at rest"),
    (BelievesExitCodes, "0~verify/1=fails,fast_rollback/3=unseen", "the record equals the world at rest"),
    (GoesOnArmed, "0~disarm/1=unseen", "changed only while disarmed"),
    (NeverGivesUp, "0~verify/1=late", "at rest within the bound of `check`"),
]
FLOWS = [
    (
        "  verify: {from: Up, to: Verified, check: [green]}\n  arm:    {from: Verified,",
        "  arm:    {from: Up,",
        "armed only",
    ),
    ("verify: {from: Up, to: Verified, check: [green]}", "verify: {from: Up, to: Verified, check: []}", "armed only"),
    (
        "disarm: {from: Recorded, to: Disarmed, do: [down]",
        "disarm: {from: Recorded, to: Disarmed, do: []",
        "changed only",
    ),
    (
        "fast_rollback: {to: RolledBack, do: [down, back, down]",
        'fast_rollback: {to: RolledBack, do: [{database.restore: {from: x, as: "${run.id}"}}, down, back, down]',
        "nothing automatic",
    ),
]


@pytest.mark.parametrize(("mutant", "name", "rule"), ENGINE)
def test_a_rule_of_the_engine_that_is_switched_off_is_noticed(mutant: type[Simulator], name: str, rule: str) -> None:
    assert rule in _broken(mutant(small()), name)
    assert _broken(Simulator(small()), name) == set()


@pytest.mark.parametrize(("old", "new", "rule"), FLOWS)
def test_a_flow_that_the_proofs_would_refuse_is_noticed(old: str, new: str, rule: str) -> None:
    found = _broken(Simulator(changed(old, new)), "0~up/2=fails" if rule == "nothing automatic" else "0~none")
    assert any(one.startswith(rule) for one in found)


def test_every_rule_has_a_mutant_that_breaks_it() -> None:
    named = {rule for _, _, rule in ENGINE} | {rule for _, _, rule in FLOWS}
    assert all(any(rule.startswith(one) for one in named) for rule in RULES)


def _broken(simulator: Simulator, name: str) -> set[str]:
    """The rules that this run broke."""
    with closing(simulator):
        trip = simulator.run(token(name, simulator.flow))
        return {one.rule for one in explore.judged(simulator, trip, bound(simulator.flow))}
