"""One simulated run: the real engine, on a virtual clock, against a world with faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workflow.simulate.flows import small
from titan_flow.states import events as e
from titan_flow.workflow.simulate.explore import judged
from titan_flow.workflow.simulate.faults import token
from titan_flow.workflow.simulate.trip import Simulator, Trip

HOUR = 3600.0


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    one = Simulator(small())
    yield one
    one.close()


def ends(trip: Trip) -> list[tuple[str, str]]:
    return [(rest.state, rest.outcome) for rest in trip.rests]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("0~none", [("Armed", "reached")]),
        ("0~record/1=fails", [("Refused", "refused")]),
        ("0~disarm/1=unseen", [("Halted", "halted")]),
        ("0~up/2=fails", [("RolledBack", "rolled_back")]),
        ("0~up/2=fails_once", [("Armed", "reached")]),
        ("0~up/2=loses_answer", [("Armed", "reached")]),
        ("0~up/2=cut_off", [("Disarmed", "waiting"), ("Armed", "reached")]),
        ("0~up/2=hangs", [("RolledBack", "rolled_back")]),
        ("0~verify/1=late", [("Armed", "reached")]),
        ("0~verify/1=unknown", [("Up", "waiting"), ("Armed", "reached")]),
        ("0~verify/1=hangs", [("Up", "waiting"), ("Armed", "reached")]),
        ("0~verify/1=fails,fast_rollback/3=fails", [("Halted", "halted")]),
        ("0~Armed/1=fails", [("RolledBack", "rolled_back")]),
        ("0~Armed/1=flickers", [("Armed", "reached")]),
        ("0~stop@12", [("Recorded", "interrupted"), ("Armed", "reached")]),
        ("0~die@12", [("Armed", "reached")]),
        ("0~ask:fast_rollback@16", [("RolledBack", "rolled_back")]),
        ("0~ask:restore@16", [("RolledBack", "rolled_back")]),
    ],
)
def test_a_fault_leads_where_the_flow_says(simulator: Simulator, name: str, expected: list[tuple[str, str]]) -> None:
    trip = simulator.run(token(name, simulator.flow))
    assert ends(trip) == expected
    assert judged(simulator, trip, 2 * HOUR) == []


def test_the_same_token_is_the_same_run(simulator: Simulator) -> None:
    def run() -> tuple[list[str], list[tuple[str, str]], float]:
        trip = simulator.run(token("5~up/2=fails_once,die@14", simulator.flow))
        return [record.event.kind for record in trip.records], ends(trip), trip.rests[-1].seconds

    assert run() == run()


def test_a_stop_that_comes_at_the_end_leaves_nothing_behind_the_end(simulator: Simulator) -> None:
    """The audit takes the last record for the end of the run."""
    whole = simulator.run(token("0~none", simulator.flow))
    for at in range(whole.operations - 3, whole.operations + 1):
        trip = simulator.run(token(f"0~stop@{at}", simulator.flow))
        assert isinstance(trip.records[-1].event, e.RunEnded | e.Notified)


def test_a_dead_driver_does_nothing_more(simulator: Simulator) -> None:
    """What it had under way ends with it; the next one takes a higher epoch."""
    trip = simulator.run(token("0~die@12,die@20", simulator.flow))
    took = [record.event.epoch for record in trip.records if isinstance(record.event, e.DriverTook)]
    assert took == [1, 2, 3]


def test_hours_pass_in_no_time(simulator: Simulator) -> None:
    trip = simulator.run(token("0~verify/1=hangs", simulator.flow))
    assert trip.rests[0].seconds >= 20
