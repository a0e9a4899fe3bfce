"""Whether the system may act: by every holder's own log, or by the supervisor's word that it does not run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.fake_services import FakeServices
from tests.offers import offering
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.interlock.judgement import Basis
from titan_flow.adapters.interlock.survey import InterlockSettings, observe, survey
from titan_flow.adapters.services.protocol import Services
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Interlock, Json

SETTINGS = InterlockSettings.model_validate(
    {"services": {"brain": {}, "execution": {}}, "armed": "^ARMED", "disarmed": "^DISARMED"}
)
ARMED, DISARMED, UNKNOWN = Interlock.ARMED, Interlock.DISARMED, Interlock.UNKNOWN


@pytest.fixture
def here(tmp_path: Path, services: FakeServices) -> Site:
    return Site(LocalHost(), str(tmp_path), {"interlock": SETTINGS}, offers=offering({Services: services}))


@pytest.mark.parametrize(
    ("brain", "execution", "interlock"),
    [
        (["DISARMED"], ["DISARMED"], DISARMED),
        (["ARMED"], ["ARMED"], ARMED),
        (["DISARMED"], ["ARMED"], ARMED),
        (["DISARMED"], [], UNKNOWN),
        (["ARMED", "DISARMED"], ["DISARMED"], DISARMED),
        (["DISARMED", "ARMED"], ["DISARMED"], ARMED),
        (["says ARMED"], ["DISARMED"], UNKNOWN),
    ],
)
async def test_one_that_may_act_is_enough_and_one_that_is_unknown_too(
    here: Site, services: FakeServices, brain: list[str], execution: list[str], interlock: Interlock
) -> None:
    services.start("brain", *brain)
    services.start("execution", *execution)
    seen = await observe(here)
    assert seen.interlock is interlock and not seen.stopped


async def test_what_does_not_run_cannot_act(here: Site, services: FakeServices) -> None:
    for name in ("brain", "execution"):
        services.start(name, "ARMED")
        services.stop(name)
    seen = await observe(here)
    assert (seen.interlock, seen.stopped) == (DISARMED, True)
    services.start("brain", "DISARMED")
    assert not (await observe(here)).stopped, "one of them runs"


@pytest.mark.parametrize("restarts", [1, 5])
async def test_between_two_lives_it_is_unknown(here: Site, services: FakeServices, restarts: int) -> None:
    services.start("execution", "DISARMED")
    services.start("brain", "DISARMED")
    services.stop("brain", restarts=restarts)
    seen, _ = await survey(here, None)
    assert seen["brain"].interlock is UNKNOWN


async def test_a_service_that_nobody_knows_is_unknown_and_one_that_is_not_there_yet_cannot_act(
    here: Site, services: FakeServices
) -> None:
    services.start("execution", "DISARMED")
    assert (await observe(here)).interlock is UNKNOWN
    services.known = ("brain",)
    seen, _ = await survey(here, None)
    assert (seen["brain"].interlock, seen["brain"].basis) == (DISARMED, Basis.STOPPED)


async def test_two_instances_of_a_holder_are_unknown(here: Site, services: FakeServices) -> None:
    services.start("execution", "DISARMED")
    services.start("brain", "DISARMED")
    services.second("brain")
    assert (await observe(here)).interlock is UNKNOWN


async def test_a_host_that_does_not_answer_says_nothing(here: Site, services: FakeServices) -> None:
    services.lost = True
    with pytest.raises(Unreachable):
        await observe(here)


async def test_marks_are_where_the_next_look_goes_on(here: Site, services: FakeServices) -> None:
    services.start("brain", "DISARMED")
    services.start("execution", "DISARMED")
    _, marks = await survey(here, None)
    services.write("brain", "ARMED")
    seen, _ = await survey(here, marks)
    assert (seen["brain"].interlock, seen["execution"].interlock) == (ARMED, DISARMED)
    assert seen["execution"].basis is not seen["brain"].basis, "what was said before a sending does not confirm it"


async def test_one_that_had_not_written_anything_is_read_from_its_start_next_time(
    here: Site, services: FakeServices
) -> None:
    services.start("brain")
    services.start("execution", "DISARMED")
    services.gaps = True
    _, marks = await survey(here, None)
    brain = marks["brain"]
    assert isinstance(brain, dict) and brain["log"] is None


@pytest.mark.parametrize("since", ["text", 7, [], {"brain": "text"}, {"brain": {"log": "text"}}, {"gone": {}}])
async def test_a_mark_that_is_none_of_ours_is_no_error(here: Site, services: FakeServices, since: Json) -> None:
    services.start("brain", "ARMED")
    services.start("execution", "DISARMED")
    seen, _ = await survey(here, since)
    assert seen["brain"].interlock is ARMED


@pytest.mark.parametrize(
    "wrong", [{"services": {}}, {"armed": ""}, {"disarmed": "("}, {"services": {"a": {"logs": "no"}}}]
)
def test_settings_that_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        InterlockSettings.model_validate({**SETTINGS.model_dump(), **wrong})


def test_a_pattern_that_a_quoted_line_matches_is_warned_of() -> None:
    loose = SETTINGS.model_copy(update={"armed": "^ARMED|SYSTEM ARMED"})
    assert [key for key, _ in loose.warnings()] == ["armed"] and [*SETTINGS.warnings()] == []
