"""logs.clean and logs.shows, over real log files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.fake_services import FakeServices, site_with
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.logs import Clean, Shows
from titan_flow.adapters.redaction import Redactor
from titan_flow.adapters.site import Site
from titan_flow.states.values import Answer

CLEAN = Clean(services=("brain", "execution"), forbid=("Panic", "Error", "Connection refused"))


@pytest.fixture
def here(tmp_path: Path, services: FakeServices) -> Site:
    services.start("brain", "starting")
    services.start("execution", "starting")
    return site_with(tmp_path, services)


async def test_clean_and_then_not(here: Site, services: FakeServices) -> None:
    seen = await CLEAN.look(here, None)
    assert seen.yes
    services.write("execution", "fine", "Error: relation intents does not exist", "Panic at the disco")
    seen = await CLEAN.look(here, seen.mark)
    assert seen.answer is Answer.NO and seen.final
    assert seen.says == 'execution: "Error: relation intents does not exist"'
    assert seen.evidence == {"execution": ["Error: relation intents does not exist", "Panic at the disco"]}
    assert (await CLEAN.look(here, seen.mark)).final, "a hit stays a hit"


async def test_a_look_reads_on_where_the_last_one_ended(here: Site, services: FakeServices) -> None:
    services.write("brain", "Error: once")
    assert (await CLEAN.look(here, None)).final
    services.start("brain", "well")
    mark = (await CLEAN.look(here, None)).mark
    services.there["brain"] = services.there["brain"]
    (services.directory / services.there["brain"].id).write_text("Erro\n")  # what was read already is not read again
    services.write("brain", "more")
    assert (await CLEAN.look(here, mark)).yes


async def test_only_the_instance_that_runs_now_counts(here: Site, services: FakeServices) -> None:
    services.write("brain", "Error: of the old instance")
    services.start("brain", "new")
    mark = (await CLEAN.look(here, None)).mark
    services.start("brain", "Error: of a newer one")
    assert (await CLEAN.look(here, mark)).final


async def test_allowed_lines(here: Site, services: FakeServices) -> None:
    services.write("brain", "0 Errors so far", "ErrorBudget: fine")
    assert not (await CLEAN.look(here, None)).yes
    allowing = Clean(services=("brain",), forbid=("Error",), allow=(r"^\d+ Errors? so far$", "^ErrorBudget:"))
    assert (await allowing.look(here, None)).yes
    services.write("brain", "12 Errors so far, and Error: more")
    assert (await allowing.look(here, None)).final


async def test_gaps_are_unknown_and_are_not_skipped(here: Site, services: FakeServices) -> None:
    services.gaps = True
    seen = await CLEAN.look(here, None)
    assert seen.answer is Answer.UNKNOWN and seen.mark == {}
    services.gaps = False
    services.write("brain", "x")
    mark = (await CLEAN.look(here, None)).mark
    services.gaps = True
    assert (await CLEAN.look(here, mark)).mark == mark
    services.write("brain", "Panic")
    assert (await CLEAN.look(here, mark)).final, "what is seen is seen, gaps or not"


async def test_what_does_not_run_is_not_clean(here: Site, services: FakeServices) -> None:
    services.stop("execution", exit_code=1)
    seen = await CLEAN.look(here, None)
    assert seen.answer is Answer.NO and not seen.final
    assert seen.says == "execution: it does not run (exit 1)"
    services.lost = True
    with pytest.raises(Unreachable):
        await CLEAN.look(here, None)


async def test_excerpts_are_masked_and_bounded(here: Site, services: FakeServices) -> None:
    here.redactor = Redactor(["hunter2hunter2"])
    services.write("brain", *(f"Error {n} hunter2hunter2 {'x' * 5000}" for n in range(100)))
    seen = await CLEAN.look(here, None)
    assert "hunter2" not in repr(seen)
    kept = seen.evidence["brain"]
    assert isinstance(kept, list) and len(kept) == 20
    assert max(len(str(line)) for line in kept) <= 300


async def test_shows(here: Site, services: FakeServices) -> None:
    shows = Shows(service="brain", pattern="^ready in ")
    seen = await shows.look(here, None)
    assert seen.answer is Answer.NO and not seen.final
    services.write("brain", "ready in 3 s")
    seen = await shows.look(here, seen.mark)
    assert seen.yes and seen.evidence["line"] == "ready in 3 s"
    services.write("brain", "busy")
    assert (await shows.look(here, seen.mark)).yes, "a line once seen stays seen"
    services.start("brain", "starting")
    assert (await shows.look(here, seen.mark)).answer is Answer.NO, "by the instance that wrote it"
    services.gaps = True
    assert (await shows.look(here, None)).answer is Answer.UNKNOWN
    services.stop("brain")
    assert (await shows.look(here, None)).answer is Answer.NO


@pytest.mark.parametrize(
    "wrong", [{"services": []}, {"forbid": []}, {"allow": ["("]}, {"forbid": "Panic"}, {"service": "brain"}]
)
def test_bad_arguments(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Clean.model_validate({"services": ["brain"], "forbid": ["Panic"], **wrong})
