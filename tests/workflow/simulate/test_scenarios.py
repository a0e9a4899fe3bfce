from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tests.workflow.simulate.flows import small
from titan_flow.states.proofs.longest_run import bound
from titan_flow.workflow.simulate.scenarios import read, verdict
from titan_flow.workflow.simulate.trip import Simulator
from titan_flow.workflow.specfile.errors import SpecError


def _file(folder: Path, text: str) -> str:
    path = folder / "flow.scenarios.yaml"
    path.write_text(text)
    return str(path)


TEXT = """\
scenarios:
  - name: all is well
    expect: {state: Armed, outcome: succeeded}
    within: 1h
  - name: one that takes too long
    expect: {state: Armed}
    within: 10s
  - name: it fails
    given: {verify: fails}
    expect: {state: Halted}
  - name: the host is lost
    given: {up/2: cut_off}
    expect: {state: Disarmed, outcome: waiting}
"""


def test_each_scenario_is_judged_with_its_line(tmp_path: Path) -> None:
    path, spec = _file(tmp_path, TEXT), small()
    with closing(Simulator(spec)) as simulator:
        found = [verdict(simulator, one, bound(spec.flow)) for one in read(path, spec.flow)]
    assert [bool(one.wrong) for one in found] == [False, True, True, False]
    assert str(found[1]).startswith(f"{path}:5:5: scenario `one that takes too long`: expected within 10.0 s, took ")
    assert str(found[2]).startswith(
        f"{path}:8:5: scenario `it fails`: expected Halted, came to RolledBack (rolled_back): "
    )
    assert str(found[2]).endswith("Ready → Recorded → Disarmed → Up → fast_rollback → RolledBack")


def test_a_name_stands_for_every_step_that_knows_the_fault(tmp_path: Path) -> None:
    text = "scenarios: [{name: x, given: {up: half}, expect: {state: Armed}}]"
    (one,) = read(_file(tmp_path, text), small().flow)
    assert str(one.token) == "0~up/1=half,up/2=half"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "scenarios: [{name: x, given: {vrify: fails}, expect: {state: Armed}}]",
            "1:31: unknown step `vrify` (did you mean verify?)",
        ),
        ("scenarios: [{name: x, given: {verify: half}, expect: {state: Armed}}]", "`verify` can be fails, unknown"),
        ("scenarios: [{name: x, expect: {state: Armd}}]", "unknown state `Armd` (did you mean Armed?)"),
        ("scenarios: [{name: x, expect: {state: Armed, outcome: won}}]", "an outcome is succeeded, rolled_back"),
        ("scenarios: [{name: x}]", "lacks `expect`"),
        ("scenarios: [{name: x, expect: {state: Armed}, within: 5}]", "5 has no unit"),
        ("- 1", "1:1: "),
    ],
)
def test_every_mistake_is_told_with_its_place(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(_file(tmp_path, text), small().flow)
    assert says in str(caught.value)
