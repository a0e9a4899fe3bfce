"""`kill -9` at four points of every step of every transition, forward and back: the same end as unkilled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.dying import POINTS
from tests.workflow.rehearsal import Rehearsal

FORWARD, BACK = "good", "policy-mismatch"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [FORWARD, BACK])
def test_killed_anywhere_it_ends_as_if_it_had_not_been(kind: str, rehearsal: Rehearsal) -> None:
    """One sandbox, a new release for each kill; `received` is what the stand-ins really got."""
    met = 0
    steps = rehearsal.actions(recoveries=kind == BACK)
    for step in steps:
        for point in POINTS:
            _kill_and_resume(rehearsal, kind, step, point)
            met += 1
    print(f"{met} of {len(steps) * len(POINTS)} points of {len(steps)} actions ({kind}): 0 violations")
    assert met == len(steps) * len(POINTS)


def _kill_and_resume(rehearsal: Rehearsal, kind: str, step: str, point: str) -> None:
    where = f"{kind}: {point} of {step}"
    before = rehearsal.status()
    commit = rehearsal.release(kind)
    killed = rehearsal.run_dying(point, step)
    run = rehearsal.newest()
    if killed != -9:
        # a look that finds it done already has no intent to die at: it must say so in its journal
        assert not run.intents(step), f"{where}: was not killed (exit {killed})"
    code = rehearsal.titan("resume", run.id, "--yes") if killed == -9 else killed
    after, run = rehearsal.status(), rehearsal.newest()
    assert code == (0 if kind == FORWARD else 4), where
    assert after["commit"] == (commit if kind == FORWARD else before["commit"]), where
    assert set(after["armed"].values()) == {kind == FORWARD}, where
    for command in ("arm", "disarm"):
        received = rehearsal.received(command, since=before)
        assert run.outcomes(command) <= received <= run.intended(command), f"{where}: {command} received {received}"


def test_a_sweep_has_somewhere_to_die(rehearsal: Rehearsal, tmp_path: Path) -> None:
    assert len(rehearsal.actions(recoveries=False)) >= 6
