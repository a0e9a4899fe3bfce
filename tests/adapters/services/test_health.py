"""What runs, judged: data in, answers out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from titan_flow.adapters.services.health import LOOP, all_healthy, runs
from titan_flow.adapters.services.protocol import Instance
from titan_flow.states.release import Image
from titan_flow.states.values import Answer

V1, V2 = "sha256:" + "1" * 64, "sha256:" + "2" * 64
APP = Instance("app", "c1", V1, None, True, "healthy", 0, "t0", age=100.0)
DB = Instance("db", "c2", V2, None, True, "none", 0, "t0", age=100.0)

ONE, BOTH = {"app": 1}, {"app": 1, "db": 1}


@pytest.mark.parametrize(
    ("app", "says"),
    [
        (replace(APP, running=False, exit_code=1), "app does not run (exit 1)"),
        (
            replace(APP, running=False, exit_code=0),
            "app does not run (exit 0); if it is a one-off service, add it to `once:`",
        ),
        (replace(APP, running=False, exit_code=137, oom_killed=True), "because memory ran out"),
        (replace(APP, running=False), "app does not run"),
        (replace(APP, health="unhealthy"), "app is unhealthy"),
        (replace(APP, health="starting"), "app is starting"),
        (replace(APP, restarts=3, age=4.0), "app restarted 3 times, last 4 s ago"),
        (replace(APP, detached="is not connected to network app_back"), "app is not connected to network app_back"),
        (replace(APP, service="other"), "app has no instance"),
    ],
)
def test_not_passed(app: Instance, says: str) -> None:
    seen = all_healthy(BOTH, (app, DB))
    assert seen.answer is Answer.NO
    assert says in seen.says


def test_a_failed_one_off_service_is_a_final_no_with_its_exit_code() -> None:
    job = Instance("migrate", "c3", V2, None, False, "none", 0, "t0", exit_code=3, once=True)
    seen = all_healthy(BOTH, (APP, DB, job))
    assert (seen.says, seen.final) == ("migrate failed (exit 3)", True)
    assert all_healthy(BOTH, (APP, DB, replace(job, exit_code=0))).yes
    running = all_healthy(BOTH, (APP, DB, replace(job, running=True, exit_code=None)))
    assert "remove it from `once:`" in running.says and not running.final
    waits = all_healthy(BOTH, (APP, DB, replace(job, exit_code=None)))
    assert waits.says == "migrate does not run" and not waits.final, "docker starts it again"


def test_green() -> None:
    seen = all_healthy(BOTH, (APP, DB))
    assert (seen.yes, seen.says) == (True, "2 services run")
    assert seen.mark == {"app": {"c1": [0, APP.started]}, "db": {"c2": [0, DB.started]}}
    assert all_healthy(ONE, (replace(APP, restarts=3),)).yes, "long ago"


def test_every_instance_of_a_service_counts() -> None:
    second = replace(APP, id="c9")
    assert not all_healthy({"app": 2}, (APP, replace(second, health="unhealthy"))).yes
    assert all_healthy({"app": 2}, (APP, second)).yes
    assert all_healthy({"app": 3}, (APP, second)).says == "app has 2 of 3 instances"
    assert all_healthy({"app": None}, (APP, second)).yes, "supervisord does not say how many"


def test_a_recorded_release_that_is_unwell_does_not_run() -> None:
    release = {"app": Image(id=V1)}
    assert runs(release, (replace(APP, health="unhealthy"),), ONE).says == "app is unhealthy"
    assert runs(release, (APP, replace(APP, id="c9", running=False)), {"app": 2}).says == "app does not run"
    assert runs(release, (APP,), {"app": 2}).says == "app has 1 of 2 instances"


def test_a_restart_or_a_replacement_since_the_mark_is_a_no_until_the_next_look() -> None:
    mark = all_healthy(ONE, (APP,)).mark
    restarted = replace(APP, restarts=1, age=100.0)
    seen = all_healthy(ONE, (restarted,), mark)
    assert (seen.answer, seen.says) == (Answer.NO, "app restarted (0 → 1 times)")
    assert all_healthy(ONE, (restarted,), seen.mark).yes
    assert all_healthy(ONE, (replace(APP, id="c9"),), mark).says == "app was replaced"


def test_exactly_the_recorded_images() -> None:
    release = {"app": Image(id=V1), "db": Image(id=V2, digest=V1)}
    assert runs(release, (APP, DB), BOTH).yes
    seen = runs(release, (replace(APP, image=V2), DB), BOTH)
    assert (seen.answer, seen.says) == (Answer.NO, "app runs 222222222222, not 111111111111")
    assert seen.evidence["app"] == {"recorded": V1, "runs": [V2]}
    assert not runs(release, (APP, replace(APP, id="c9", image=V2), DB), BOTH).yes, "one old instance is left"
    assert runs(release, (replace(APP, running=False), DB), BOTH).says == "app runs nothing, not 111111111111"


def test_a_restart_by_hand_counts_no_restart_and_is_seen_all_the_same() -> None:
    mark = all_healthy(ONE, (APP,)).mark
    seen = all_healthy(ONE, (replace(APP, started="later"),), mark)
    assert seen.answer is Answer.NO and "was started again" in seen.says
    assert all_healthy(ONE, (APP,), {"app": {"c1": 0}}).yes, "a mark of an older journal"


@pytest.mark.parametrize(
    ("changes", "final"),
    [
        ({"health": "unhealthy"}, True),
        ({"health": "starting"}, False),
        ({"running": False, "exit_code": 1}, False),
        ({"running": False, "exit_code": 1, "revives": False}, True),
        ({"running": False, "exit_code": 0, "revives": False}, False),
        ({"running": False, "exit_code": 137, "oom_killed": True}, True),
        ({"running": False, "exit_code": 1, "restarts": LOOP}, True),
        ({"running": False, "exit_code": 1, "restarts": LOOP - 1}, False),
        ({"restarts": LOOP, "age": 1.0}, False),
        ({"running": False}, False),
    ],
)
def test_whether_waiting_can_change_the_answer(changes: dict[str, Any], final: bool) -> None:
    seen = all_healthy({"app": 1, "db": 1}, [replace(APP, **changes), DB])
    assert (seen.answer, seen.final) == (Answer.NO, final)
    wrong = runs({"app": Image(id=V1)}, [replace(APP, **changes)], {"app": 1})
    assert (wrong.answer, wrong.final) == (Answer.NO, final)
