from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.specfiles import load
from tests.workflow.simulate.flows import PATH, changed, small
from titan_flow.workflow.simulate.explore import Result, explored
from titan_flow.workflow.simulate.trip import Simulator

ROOT = Path(__file__).parents[3]
LONG = 600.0


@pytest.fixture(scope="module")
def result() -> Iterator[Result]:
    with closing(Simulator(small())) as simulator:
        yield explored(simulator, 3, 5, LONG)


@pytest.mark.slow
def test_every_single_fault_breaks_no_rule_and_takes_every_failure_edge(result: Result) -> None:
    """Also those of a recovery that only an operator enters. How many runs a second is printed."""
    print(f"{result.ends.total()} runs, {result.ends.total() / result.took:.0f} a second")
    assert result.violations == [] and result.missing == [] and result.cut == ""
    assert result.single > 100 and result.crashes > 80 and result.sampled == 5
    assert {end for end, _ in result.finals} == {"Armed", "RolledBack", "Halted", "Refused"}


@pytest.mark.slow
def test_a_rollback_that_has_nothing_to_undo_at_first_is_made_to_fail_later() -> None:
    """In compose.yaml the first step that fails has changed nothing: the rollback's own steps are done already."""
    with closing(Simulator(load(str(ROOT / "specs/compose.yaml")))) as simulator:
        assert explored(simulator, 0, 0, LONG).missing == []


def test_what_breaks_a_rule_is_found_with_its_token() -> None:
    spec = changed("disarm: {from: Recorded, to: Disarmed, do: [down]", "disarm: {from: Recorded, to: Disarmed, do: []")
    with closing(Simulator(spec)) as simulator:
        found = explored(simulator, 0, 0, 0.0)
    assert not found.ok
    assert [(str(one.token), one.violation.rule) for one in found.violations] == [
        ("0~none", "changed only while disarmed"),
        ("0~none", "changed only while disarmed"),
    ]
    assert found.violations[0].path == "Ready → Recorded → Disarmed → Up → Verified → Armed"


def test_a_simulation_without_time_says_what_it_left_out() -> None:
    with closing(Simulator(small())) as simulator:
        found = explored(simulator, 0, 5, 0.0)
    assert found.cut == "the time was over at record/1" and found.sampled == 0
    assert "record fails → Refused" in map(str, found.missing)


@pytest.mark.soak
@pytest.mark.parametrize("spec", [PATH, str(ROOT / "specs/compose.yaml"), str(ROOT / "specs/titan.yaml")])
def test_every_shipped_spec_with_two_thousand_pairs_of_faults(spec: str) -> None:
    with closing(Simulator(load(spec))) as simulator:
        found = explored(simulator, 7, 2000, 3600.0)
    print(f"{spec}: {found.ends.total()} runs, {found.ends.total() / found.took:.0f} a second")
    assert found.violations == [] and found.missing == [] and found.cut == ""
