"""`kill -9` at four points of every step of every transition, forward and back: the same end as unkilled.

`make test` kills at the points of `SAMPLE`; `make soak` at all of them. docs/reliability.md has its last figures.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.crash.dying import POINTS
from tests.workflow.rehearsal import Rehearsal

FORWARD, BACK = "good", "policy-mismatch"
PARTS = 3
"""sandboxes that share one sweep, so that they can be killed side by side"""
SAMPLE = {
    FORWARD: ((1, "after-effect"), (4, "after-intent"), (-1, "after-effect")),  # disarm, up, arm
    BACK: ((3, "after-outcome"), (4, "before-intent")),  # up, disarm
}
"""Which action of the way, and where the run is killed: each point, and each command that must not be sent twice."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", SAMPLE)
def test_killed_at_a_sample_of_points_it_ends_as_if_it_had_not_been(
    kind: str, rehearsal: Rehearsal, record_property: Callable[[str, object], None]
) -> None:
    steps = rehearsal.actions(recoveries=kind == BACK)
    killed = [_kill_and_resume(rehearsal, kind, steps[number], point) for number, point in SAMPLE[kind]]
    points = ", ".join(f"{point} of {steps[number]}" for number, point in SAMPLE[kind])
    record_property("counted", f"kill -9, {kind}: {points}; 0 violations")
    assert all(killed)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", [FORWARD, BACK])
def test_killed_anywhere_it_ends_as_if_it_had_not_been(
    kind: str, part: int, rehearsal: Rehearsal, record_property: Callable[[str, object], None]
) -> None:
    """A new release for each kill; `received` is what the stand-ins really got."""
    steps = rehearsal.actions(recoveries=kind == BACK)
    mine = steps[part::PARTS]
    killed = {step: sum(_kill_and_resume(rehearsal, kind, step, point) for point in POINTS) for step in mine}
    points = ", ".join(f"{step} {count} of {len(POINTS)}" for step, count in killed.items())
    record_property("counted", f"kill -9, {kind}: {points}; 0 violations")
    assert len(steps) >= 5 and any(killed.values())


def _kill_and_resume(rehearsal: Rehearsal, kind: str, step: str, point: str) -> bool:
    """Whether it was killed. What a look finds done already has no intent to die at, and its journal says so."""
    where = f"{kind}: {point} of {step}"
    before = rehearsal.status()
    commit = rehearsal.release(kind)
    killed = rehearsal.run_dying(point, step)
    run = rehearsal.newest()
    if killed != -9:
        assert not run.intents(step), f"{where}: was not killed (exit {killed})"
    code = rehearsal.titan("resume", run.id, "--yes") if killed == -9 else killed
    after, run = rehearsal.status(), rehearsal.newest()
    assert code == (0 if kind == FORWARD else 4), f"{where}: {rehearsal.said}"
    assert after["commit"] == (commit if kind == FORWARD else before["commit"]), where
    assert set(after["armed"].values()) == {kind == FORWARD}, where
    for command in ("arm", "disarm"):
        received = rehearsal.received(command, since=before)
        assert run.outcomes(command) <= received <= run.intended(command), f"{where}: {command} received {received}"
    return killed == -9
