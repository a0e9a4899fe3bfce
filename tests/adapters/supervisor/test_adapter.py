"""supervisor: a real supervisord, real processes, real logs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.adapters.supervisor.supervisord import FALLS, STAYS, Supervisord, until
from titan_flow.adapters.base import Action
from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.services.protocol import Instance
from titan_flow.adapters.site import Site
from titan_flow.adapters.supervisor.adapter import Running, Runs, SupervisorServices, Up
from titan_flow.adapters.supervisor.settings import SupervisorSettings
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Observation

ONE, TWO, THREE = (STAYS.format(said=said) for said in ("one", "two", "three"))


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Supervisord]:
    """`app` and `front` run; `app` runs ONE."""
    made = Supervisord(tmp_path)
    made.configure("app", ONE)
    made.configure("front", TWO)
    made.start()
    try:
        yield made
    finally:
        made.stop()


async def act(action: Action, site: Site) -> CommandResult:
    deed = action.act(site, await action.look(site, None))
    assert isinstance(deed, Job)
    return await site.run(deed.commands[0])


async def test_the_command_line_identifies_what_runs(daemon: Supervisord) -> None:
    site = daemon.site()
    app, front = await services_of(site).instances(site)
    assert (app.service, front.service) == ("app", "front")
    assert app.image == daemon.bundle(ONE) and front.image == daemon.bundle(TWO)
    assert app.running and app.id.startswith(f"{daemon.pid('app')}.") and app.restarts == 0
    daemon.configure("app", THREE)
    release = await services_of(site).release(site, "c" * 40)
    assert release.images["app"].id == daemon.bundle(ONE), "a file that says otherwise does not run"
    assert release.rendered and services_of(site).keep(release) is None
    assert await services_of(site).expected(site) == {"app": None, "front": None}


async def test_the_same_configuration_renders_the_same(daemon: Supervisord) -> None:
    site, services = daemon.site(), SupervisorServices()
    first = await services.release(site, "c" * 40)
    daemon.configure("app", THREE)
    changed = await services.release(site, "c" * 40)
    daemon.configure("app", ONE)
    again = await services.release(site, "c" * 40)
    assert first == again and first.rendered != changed.rendered


async def test_up_replaces_exactly_what_changed(daemon: Supervisord) -> None:
    site, before = daemon.site(), (daemon.pid("app"), daemon.pid("front"))
    there = await Up().look(site, None)
    assert there.yes and there.says == "app, front as before"
    image = daemon.configure("app", THREE)
    first = await Up().look(site, None)
    assert first.answer is Answer.PARTLY and first.says == "app is to be replaced"
    assert (await act(Up(), site)).ok
    done = await Up().look(site, first.mark)
    assert done.yes and done.says == "app replaced; front as before"
    assert done.outputs["replaced"] == ["app"] and done.evidence["images"] == {
        "app": image,
        "front": daemon.bundle(TWO),
    }
    assert (daemon.pid("app") == before[0], daemon.pid("front") == before[1]) == (False, True)
    again = await act(Up(), site)
    assert again.ok and again.out.strip() == '[{"replaced": [], "started": []}]'


async def test_up_leaves_alone_what_is_not_its_own(daemon: Supervisord) -> None:
    site, front = daemon.site("app"), daemon.pid("front")
    daemon.configure("front", THREE)
    assert (await Up().look(site, None)).yes
    assert (await act(Up(), site)).ok and daemon.pid("front") == front


async def test_up_starts_what_is_down_and_what_is_new(daemon: Supervisord) -> None:
    daemon.call("stopProcess", "app")
    daemon.configure("new", THREE)
    site = daemon.site()
    seen = await Up().look(site, None)
    assert seen.answer is Answer.PARTLY and seen.says == "app is STOPPED; new is to be replaced"
    assert (await act(Up(), site)).ok
    assert (await Up().look(site, seen.mark)).yes and daemon.state("new") in ("STARTING", "RUNNING")


async def test_up_refuses_files_that_name_another_image(daemon: Supervisord) -> None:
    site, before = daemon.site(), daemon.pid("app")
    daemon.configure("app", THREE)
    wanted = Up(images={"app": Image(id=daemon.bundle(ONE)), "front": Image(id=daemon.bundle(TWO))})
    seen = await wanted.look(site, None)
    assert not seen.yes and "app is configured to run" in seen.says
    done = await act(wanted, site)
    assert done.status == 1 and "nothing was touched" in done.err and daemon.pid("app") == before


async def test_up_with_the_recorded_images_rolls_back(daemon: Supervisord) -> None:
    site = daemon.site()
    recorded = (await services_of(site).release(site, "c" * 40)).images
    daemon.configure("app", THREE)
    assert (await act(Up(), site)).ok
    assert not (await Runs(images=recorded).look(site, None)).yes
    daemon.configure("app", ONE)
    assert (await act(Up(images=recorded), site)).ok
    until(lambda: daemon.state("app") == "RUNNING")
    assert (await Up(images=recorded).look(site, None)).yes
    assert (await Runs(images=recorded).look(site, None)).yes


async def test_a_broken_configuration_touches_nothing(daemon: Supervisord) -> None:
    site, before = daemon.site(), daemon.pid("app")
    daemon.programs["app"] = "[program:app]\nstartsecs=many\n"
    daemon.write()
    seen = await Up().look(site, None)
    assert seen.answer is Answer.NO and "CANT_REREAD" in seen.says and "many" in seen.says
    done = await act(Up(), site)
    assert done.status == 1 and done.err.startswith("supervisord: reloadConfig") and daemon.pid("app") == before


async def test_a_service_that_the_configuration_does_not_know(daemon: Supervisord) -> None:
    site = daemon.site("app", "brain")
    seen = await Up().look(site, None)
    assert not seen.yes and "brain is not in the configuration" in seen.says
    done = await act(Up(), site)
    assert done.status == 1 and "no program `brain`" in done.err
    assert (await Running().look(site, None)).says == "brain has no instance"


async def test_running_sees_a_restart_and_a_replacement(daemon: Supervisord) -> None:
    site = daemon.site()
    first = await Running().look(site, None)
    assert first.yes
    daemon.kill("app")
    again = await Running().look(site, first.mark)
    assert again.answer is Answer.NO and "app" in again.says and not again.final
    assert (await Running(services=["front"]).look(site, first.mark)).yes


async def test_starting_is_not_running_yet(daemon: Supervisord) -> None:
    daemon.configure("app", ONE, startsecs=600)
    site = daemon.site()
    assert (await act(Up(), site)).ok
    until(lambda: daemon.state("app") == "STARTING")
    assert (await Up().look(site, None)).yes, "it was brought up; whether it stays up is for another check"
    assert (await Running().look(site, None)).says == "app is starting"


async def test_what_falls_over_again_and_again_is_given_up_at_once(daemon: Supervisord) -> None:
    daemon.configure("app", FALLS, startsecs=1, retries=3)
    site = daemon.site()
    assert (await act(Up(), site)).ok
    until(lambda: daemon.state("app") == "BACKOFF")
    falling = await Running().look(site, None)
    assert falling.answer is Answer.NO and not falling.final
    while (back := await _app(site)).running:  # between two of its lives
        assert daemon.state("app") != "FATAL"
    assert back.restarts, "it may come back: nobody may call it disarmed"
    until(lambda: daemon.state("app") == "FATAL")
    lost = await Running().look(site, None)
    assert (
        lost.final
        and lost.says == "app does not run: supervisord gave it up (Exited too quickly (process log may have details))"
    )
    assert not (await _app(site)).restarts, "it does not come back by itself"


async def _app(site: Site) -> Instance:
    return next(one for one in await services_of(site).instances(site) if one.service == "app")


async def test_what_falls_over_is_replaced_between_two_lives(daemon: Supervisord) -> None:
    daemon.configure("app", FALLS, startsecs=1)
    site = daemon.site()
    assert (await act(Up(), site)).ok
    until(lambda: daemon.state("app") == "BACKOFF")
    daemon.configure("app", ONE)
    assert (await act(Up(), site)).ok
    until(lambda: daemon.state("app") == "RUNNING")
    assert (await Running().look(site, None)).yes


async def test_a_log_begins_where_the_running_process_does(daemon: Supervisord) -> None:
    site, services = daemon.site(), SupervisorServices()
    first = await services.log(site, "app", None)
    assert first.complete and first.lines[1:] == ("one",)
    daemon.configure("app", THREE)
    assert (await act(Up(), site)).ok
    until(lambda: "three" in daemon.said("app"))
    log = await services.log(site, "app", None)
    assert log.complete and log.lines == (f"--- starts, pid {daemon.pid('app')}", "three")
    assert (await services.log(site, "app", log.mark)).lines == ()
    with daemon.log("app").open("a") as file:
        file.write("EXECUTION ARMED\nhalf a li")
    since = await services.log(site, "app", log.mark)
    assert since.complete and since.lines == ("EXECUTION ARMED",)
    with daemon.log("app").open("a") as file:
        file.write("ne\n")
    assert (await services.log(site, "app", since.mark)).lines == ("half a line",)


async def test_what_a_predecessor_said_is_never_taken_for_the_running_process(daemon: Supervisord) -> None:
    silent = "import signal\nsignal.pause()\n"
    with daemon.log("app").open("a") as file:
        file.write("SYSTEM DISARMED\n")
    daemon.configure("app", silent)
    site = daemon.site()
    assert (await act(Up(), site)).ok
    until(lambda: daemon.state("app") == "RUNNING")
    log = await SupervisorServices().log(site, "app", None)
    assert log.lines == () and not log.complete
    unmarked = await SupervisorServices().log(daemon.site(boot=None), "front", None)
    assert unmarked.lines == () and not unmarked.complete


async def test_a_rotated_or_cut_log_is_not_complete(daemon: Supervisord) -> None:
    site, services, path = daemon.site(), SupervisorServices(), daemon.log("app")
    mark = (await services.log(site, "app", None)).mark
    path.rename(path.with_suffix(".1"))
    path.write_text("after the rotation\n")
    rotated = await services.log(site, "app", mark)
    assert rotated.lines == ("after the rotation",) and not rotated.complete
    path.write_text("x\n")
    cut = await services.log(site, "app", rotated.mark)
    assert cut.lines == ("x",) and not cut.complete
    path.write_bytes(b"\xff\x00 odd\n" + b"y" * 600_000 + b"\nlast\n")
    long = await services.log(site, "app", cut.mark)
    assert long.lines == ("last",) and not long.complete


async def test_a_long_log_since_the_start_is_not_complete(daemon: Supervisord) -> None:
    with daemon.log("app").open("a") as file:
        file.writelines(f"line {number}\n" for number in range(60_000))
    log = await SupervisorServices().log(daemon.site(), "app", None)
    assert log.lines == () and not log.complete


async def test_no_command_line_is_shown(daemon: Supervisord) -> None:
    site = daemon.site()
    deed = Up().act(site, Observation(Answer.NO))
    assert isinstance(deed, Job)
    assert deed.commands[0].argv[1:4] == ("-I", "-S", "-") and "def " not in str(deed.journaled())


async def test_nobody_answers(daemon: Supervisord) -> None:
    with pytest.raises(Unreachable, match="no answer at nowhere: No such file"):
        await Running().look(Site(daemon.site().host, str(daemon.at), _at("nowhere")), None)
    with pytest.raises(Unreachable, match="no-such-python is not there"):
        await Running().look(daemon.site(python="no-such-python"), None)
    daemon.stop()
    with pytest.raises(Unreachable, match=str(daemon.socket)):
        await Up().look(daemon.site(), None)


def _at(socket: str) -> dict[str, SupervisorSettings]:
    return {"supervisor": SupervisorSettings(socket=socket, services=["app"])}


async def test_an_instance_of_nothing_has_no_log(daemon: Supervisord) -> None:
    with pytest.raises(LookupError, match="no process of it"):
        await SupervisorServices().log(daemon.site("app"), "gone", None)


async def test_a_service_may_be_a_group(daemon: Supervisord) -> None:
    daemon.programs["pair"] = "[group:pair]\nprograms=app,front\n"
    daemon.write()
    site = daemon.site("pair")
    daemon.call("reloadConfig")
    for old in ("app", "front"):
        daemon.call("stopProcessGroup", old)
        daemon.call("removeProcessGroup", old)
    assert (await act(Up(), site)).ok
    until(lambda: daemon.state("pair:app") == "RUNNING")
    assert [one.service for one in await services_of(site).instances(site)] == ["pair", "pair"]
    assert (await services_of(daemon.site("pair:app")).instances(daemon.site("pair:app")))[0].image == daemon.bundle(
        ONE
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": []},
        {"services": ["-x"]},
        {"services": ["a b"]},
        {"boot": "no group"},
        {"boot": "("},
        {"python": "-c"},
        {"socket": "-s"},
        {"user": "x"},
    ],
)
def test_settings_that_contradict_each_other(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SupervisorSettings.model_validate({"socket": "run/s", "services": ["app"], **wrong})


def test_the_adapter_is_found() -> None:
    found = Registry().adapter("supervisor")
    assert {check.name for check in found.checks} == {"supervisor.running", "supervisor.runs", "supervisor.up"}
    assert found.settings is SupervisorSettings
