"""Following a log: from the start of a new process, on from the last look of the same, and never of two at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.fake_services import FakeServices, site_with
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.services.logs import LONGEST_LINE, Absent, Heard, excerpt, hear, hear_each
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json


@pytest.fixture
def here(tmp_path: Path, services: FakeServices) -> Site:
    return site_with(tmp_path, services)


async def heard(site: Site, services: FakeServices, since: Json = None) -> Heard:
    return await hear(site, "brain", await services.instances(site), since)


async def test_a_look_goes_on_where_the_last_one_ended(here: Site, services: FakeServices) -> None:
    services.start("brain", "one")
    first = await heard(here, services)
    assert (first.lines, first.fresh, first.complete) == (("one",), True, True)
    services.write("brain", "two")
    second = await heard(here, services, first.mark)
    assert (second.lines, second.fresh) == (("two",), False)
    assert (await heard(here, services, second.mark)).lines == ()


async def test_a_new_process_is_heard_from_its_start(here: Site, services: FakeServices) -> None:
    services.start("brain", "one", "two")
    before = await heard(here, services)
    services.start("brain", "again")
    now = await heard(here, services, before.mark)
    assert (now.lines, now.fresh) == (("again",), True)


@pytest.mark.parametrize("mark", ["text", [], 7, {}, {"instance": "another t1"}, {"log": {"offset": 3}}])
async def test_a_mark_that_is_none_of_ours_begins_anew(here: Site, services: FakeServices, mark: Json) -> None:
    services.start("brain", "one")
    now = await heard(here, services, mark)
    assert (now.lines, now.fresh) == (("one",), True)


async def test_what_has_no_one_log_is_absent(here: Site, services: FakeServices) -> None:
    with pytest.raises(Absent, match="there is no instance of it"):
        await heard(here, services)
    services.start("brain")
    services.second("brain")
    with pytest.raises(Absent, match="2 instances of it run") as two:
        await heard(here, services)
    assert len(two.value.there) == 2
    services.also.clear()
    services.stop("brain", exit_code=3)
    with pytest.raises(Absent, match=r"it does not run \(exit 3\)"):
        await heard(here, services)


async def test_a_log_that_is_gone_by_then_is_absent_too(here: Site, services: FakeServices) -> None:
    services.start("brain")
    there = await services.instances(here)
    services.there.clear()
    with pytest.raises(Absent, match="brain has no instance"):
        await hear(here, "brain", there, None)


async def test_one_that_is_absent_keeps_no_other_from_being_heard(here: Site, services: FakeServices) -> None:
    services.start("brain", "one")
    found = await hear_each(here, ("brain", "gone"), {})
    assert isinstance(found["gone"], Absent) and isinstance(found["brain"], Heard)
    services.gaps = True
    brain = (await hear_each(here, ("brain",), {"brain": found["brain"].mark}))["brain"]
    assert isinstance(brain, Heard) and not brain.complete and brain.lines == ()


async def test_a_host_that_does_not_answer_is_no_answer(here: Site, services: FakeServices) -> None:
    services.lost = True
    with pytest.raises(Unreachable):
        await hear_each(here, ("brain",), {})


def test_a_line_as_evidence_is_bounded(here: Site) -> None:
    assert len(excerpt(here, "x" * 100_000)) <= LONGEST_LINE + 1
