"""The compose, docker and release adapters against a real engine, over ssh."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.droplet.images import Image as Built
from tests.droplet.images import service
from tests.droplet.production import DIRECTORY, Production
from titan_flow.adapters.base import Action, Check
from titan_flow.adapters.compose.checks import Configured, Down, ExecOk, Leftovers, Running, Runs
from titan_flow.adapters.compose.healthchecks import HealthFits
from titan_flow.adapters.compose.pull import Pull
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.up import Up
from titan_flow.adapters.docker.adapter import Disk, Healthy
from titan_flow.adapters.docker.adapter import Running as EngineRunning
from titan_flow.adapters.effects import CommandResult, Job
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.git.adapter import ResetTo
from titan_flow.adapters.guard import fallback as fallbacks
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.fallback import Fallback
from titan_flow.adapters.registry import Registry
from titan_flow.adapters.release import Record
from titan_flow.adapters.services.lookup import services_of
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.ssh import SshHost
from titan_flow.states.release import Image, Release
from titan_flow.states.values import Answer, Json, Observation

FILE = f"{DIRECTORY}/docker-compose.yml"
UNATTENDED = Path(__file__).parents[2] / "docs/howto/unattended.md"
STUBBORN = """\
    image: registry.test:5000/side:v1
    entrypoint: [sleep, "{}"]
    stop_grace_period: 4s
"""


class Deployed:
    """The adapters' view of the production, and a person's hands on it."""

    def __init__(self, production: Production) -> None:
        self.production, self.droplet = production, production.droplet
        self.host = SshHost("droplet", ("-F", str(production.droplet.ssh_config)))
        self.sites: list[Site] = []
        self.settings()

    @property
    def site(self) -> Site:
        return self.sites[-1]

    def settings(self, **changed: object) -> None:
        """From now on another spec is driven: what a site knows, it knows of one."""
        block, adapters = Compose.model_validate({"file": "docker-compose.yml", **changed}), Registry()
        offers = partial(adapters.offer, nouns=("compose", "git"))
        self.sites.append(Site(self.host, DIRECTORY, {"compose": block}, offers=offers))

    async def close(self) -> None:
        for site in self.sites:
            await site.close()

    async def look(self, check: Check, since: Json = None) -> Observation:
        return await check.look(self.site, since)

    async def act(self, action: Action, seen: Observation) -> CommandResult:
        """As the guard does: one command after the other, until one fails."""
        deed, done = action.act(self.site, seen), CommandResult(0, "")
        assert isinstance(deed, Job)
        for command in deed.commands:
            done = await self.site.run(command)
            if not done.ok:
                break
        return done

    async def does(self, action: Action) -> Observation:
        """Look, act where it is not done, look from the mark: which has to be yes."""
        before = await self.look(action)
        if before.yes:
            return before
        done = await self.act(action, before)
        assert done.ok, done
        seen = await self.look(action, before.mark)
        assert seen.yes, seen
        assert set(seen.outputs) == set(action.outputs)
        return seen

    async def deploy(self, version: str) -> Observation:
        await self.does(ResetTo(commit=self.production.releases[version].commit))
        pulled = await self.does(Pull())
        images: Any = pulled.outputs["images"]
        return await self.does(Up(images=images))

    async def settled(self, check: Check, until: Callable[[Observation], bool]) -> Observation:
        """Looks, from mark to mark, until it is so; at most some seconds."""
        seen = await self.look(check)
        for _ in range(100):
            if until(seen):
                return seen
            await self.site.gateway.sleep(0.1)
            seen = await self.look(check, seen.mark)
        raise AssertionError(seen)

    def edit(self, old: str, new: str) -> None:
        text = self.droplet.exec(["cat", FILE]).stdout
        assert old in text
        self.droplet.exec(["tee", FILE], stdin=text.replace(old, new))

    def restore(self) -> None:
        """The tag v1 is v1 again, in the registry and on the droplet."""
        self.production.registry.push("app", "v1", self.production.releases["v1"].images["app"])
        self.droplet.docker("pull", "-q", "registry.test:5000/app:v1")

    def id(self, version: str, name: str = "app") -> str:
        return self.production.releases[version].images[name].id

    def images(self, version: str) -> dict[str, Image]:
        registry = "registry.test:5000"
        built = self.production.releases[version].images
        return {name: Image(id=one.id, digest=f"{registry}/{name}@{one.digest}") for name, one in built.items()}


@pytest.fixture
async def deployed(production: Production) -> AsyncIterator[Deployed]:
    made = Deployed(production)
    try:
        yield made
    finally:
        await made.close()


async def test_what_runs_is_a_release_that_a_prune_does_not_take(deployed: Deployed) -> None:
    seen = await deployed.does(Record())
    release = Release.model_validate(seen.outputs["release"])
    assert seen.outputs["green"] is True, seen
    assert release.commit == deployed.production.head()
    assert release.images == deployed.images("v1")
    assert release.rendered is not None and release.env is None
    assert (await deployed.look(Record())).yes

    await deployed.deploy("v2")
    deployed.droplet.docker("rmi", "registry.test:5000/app:v1")
    deployed.droplet.docker("image", "prune", "-f")
    assert deployed.id("v1") in deployed.droplet.docker("images", "-q", "--no-trunc")


async def test_a_deploy_leaves_alone_what_it_has_no_business_with(deployed: Deployed) -> None:
    side = deployed.production.containers()["side"]["Id"]
    seen = await deployed.deploy("v2")
    assert seen.says == "2 services as they should be"
    assert deployed.production.running() == {"app": deployed.id("v2"), "side": deployed.id("v1", "side")}
    assert deployed.production.containers()["side"]["Id"] == side
    assert (await deployed.settled(Running(), lambda seen: seen.yes)).says == "2 services run"
    assert (await deployed.look(Runs(images=deployed.images("v2")))).yes
    assert not (await deployed.look(Runs(images=deployed.images("v1")))).yes

    app = deployed.production.containers()["app"]["Id"]
    again = Up(images=deployed.images("v2"))
    assert (await deployed.act(again, await deployed.look(again))).ok, "to act where all is done changes nothing"
    assert deployed.production.containers()["app"]["Id"] == app
    assert deployed.production.containers()["side"]["Id"] == side


async def test_a_rollback_is_by_id_where_the_tag_has_moved(deployed: Deployed) -> None:
    """field.md 7: the file, the tag and the shell all say something else than what ran."""
    production = deployed.production
    recorded = deployed.images("v1")
    bad = service("bad", health=503)
    production.registry.push("app", "v1", bad)
    try:
        await deployed.deploy("v1")
        assert production.running()["app"] == bad.id
        assert production.get("/health", within=5)[0] == 503
        await deployed.does(Up(images=recorded, remove_orphans=True))
        assert production.running()["app"] == deployed.id("v1")
        await deployed.settled(Runs(images=recorded), lambda seen: seen.yes)
        deployed.droplet.ssh(f"cd {DIRECTORY} && docker compose up -d")
        assert production.running()["app"] == deployed.id("v1"), "a hand-typed up stays right"
        assert (await deployed.look(Up(images=recorded))).yes
    finally:
        deployed.restore()


async def test_a_host_rolls_back_alone_by_what_was_rendered_before_the_change(deployed: Deployed) -> None:
    production, recorded = deployed.production, deployed.images("v1")
    old, side = production.head(), production.containers()["side"]["Id"]
    commands = [
        *await ResetTo(commit=old).by_host(deployed.site, old, 30),
        *await Up(images=recorded, remove_orphans=True).by_host(deployed.site, old, 30),
    ]
    await deployed.deploy("v2")
    runs = commands[-1]
    assert "is sha256:" in (await deployed.site.run(replace(runs, argv=(*runs.argv[:5], "1", *runs.argv[6:])))).err
    for command in commands:
        done = await deployed.site.run(command)
        assert done.ok, (command, done)
    assert production.running() == {"app": deployed.id("v1"), "side": deployed.id("v1", "side")}
    assert production.containers()["side"]["Id"] == side, "what did not change is left alone"
    assert (await deployed.look(ResetTo(commit=old))).yes
    assert (await deployed.look(Up(images=recorded))).yes
    assert (await deployed.settled(Runs(images=recorded), lambda seen: seen.yes)).yes


@pytest.mark.soak
async def test_after_a_power_loss_the_fallback_runs_where_it_is_started_again(deployed: Deployed) -> None:
    """By the line of the unit in docs/howto/unattended.md, as systemd hands it to `sh`."""
    line = next(line for line in UNATTENDED.read_text().splitlines() if line.startswith("ExecStart="))
    start = line.removeprefix("ExecStart=").replace("$$", "$").replace("%%", "%")
    production, old = deployed.production, deployed.production.head()
    commands = [
        *await ResetTo(commit=old).by_host(deployed.site, old, 60),
        *await Up(images=deployed.images("v1")).by_host(deployed.site, old, 60),
    ]
    guard = Guard(deployed.host, DIRECTORY)
    await guard.identify()
    epoch = (await guard.take("R1", {"operator": "olga@laptop"}, takeover=False)).epoch
    await fallbacks.arm(guard, "R1", epoch, Fallback("rollback", 1, 300, tuple(commands)))
    await deployed.deploy("v2")
    deployed.droplet.kill()
    deployed.droplet.boot()
    deployed.droplet.ssh(start)
    assert production.running()["app"] == deployed.id("v1")
    again = Deployed(production)  # the first connection died with the power
    did = (await fallbacks.seen(Guard(again.host, DIRECTORY))).did
    assert did is not None and (did.state, did.driver) == ("done", "olga@laptop")
    assert (await again.look(Up(images=again.images("v1")))).yes
    await again.close()


async def test_an_image_that_is_gone_is_pulled_by_its_digest(deployed: Deployed) -> None:
    recorded = deployed.images("v1")
    await deployed.deploy("v2")
    deployed.droplet.docker("rmi", "-f", deployed.id("v1"))
    never = Up(images=recorded, pull="never")
    before = await deployed.look(never)
    assert not (await deployed.act(never, before)).ok
    await deployed.does(ResetTo(commit=deployed.production.releases["v1"].commit))
    await deployed.does(Up(images=recorded))
    assert deployed.production.running()["app"] == deployed.id("v1")
    digest = deployed.production.releases["v1"].images["app"].digest
    assert sum(deployed.production.front.pulled(digest).values()) == 1


async def test_up_does_not_mean_healthy(deployed: Deployed) -> None:
    """`up -d` returns 0 for an unhealthy service: that is for `compose.running` to say."""
    await deployed.deploy("v3")
    seen = await deployed.settled(Running(), lambda seen: "unhealthy" in seen.says)
    assert (seen.answer, seen.says) == (Answer.NO, "app is unhealthy")
    assert (await deployed.look(Running(services=["side"]))).yes


async def test_a_crash_loop_is_never_healthy(deployed: Deployed) -> None:
    deployed.edit(
        "    image: registry.test:5000/side:v1\n",
        "    image: registry.test:5000/side:v1\n    environment: {CRASH_AFTER: '0.3'}\n",
    )
    deployed.edit("    healthcheck: *health\n", "")
    done = await deployed.act(Up(), await deployed.look(Up()))
    assert done.ok
    await deployed.settled(Running(), lambda seen: "side" in seen.says)
    mark = None
    for _ in range(8):
        seen = await deployed.look(Running(), mark)
        mark = seen.mark
        assert not seen.yes, seen
        await deployed.site.gateway.sleep(0.1)


async def test_pull_knows_what_the_registry_has_now(deployed: Deployed) -> None:
    front, registry = deployed.production.front, deployed.production.registry
    assert (await deployed.look(Pull())).yes
    front.fail_next = 1
    with pytest.raises(Unreachable, match="the registry, asked from droplet"):
        await deployed.look(Pull())
    front.heal()
    newer = service("newer")
    registry.push("app", "v1", newer)
    try:
        seen = await deployed.look(Pull())
        assert (seen.answer, seen.says) == (Answer.NO, "app older than the registry's")
        pulled = await deployed.does(Pull())
        images: Any = pulled.outputs["images"]
        assert images["app"] == {"id": newer.id, "digest": f"registry.test:5000/app@{newer.digest}"}
        assert pulled.evidence["new"] == ["app"]
    finally:
        deployed.restore()


async def test_the_pull_fails_on_an_image_that_does_not_exist(deployed: Deployed) -> None:
    deployed.edit("app:v1", "app:nosuch")
    seen = await deployed.look(Pull())
    assert seen.answer is Answer.NO and "app not here; " in seen.says and "manifest unknown" in seen.says
    done = await deployed.act(Pull(), seen)
    assert not done.ok and "manifest" in done.reason()


async def test_a_compose_file_that_does_not_render_says_where(deployed: Deployed) -> None:
    assert (await deployed.look(Configured())).says == "project app, 2 services"
    deployed.edit("services:", "services: [")
    for check in (Configured(), Pull(), Up()):
        seen = await deployed.look(check)
        assert (seen.answer, "docker-compose.yml on droplet: " in seen.says) == (Answer.NO, True), seen
    deployed.settings(file="none.yml")
    assert (await deployed.look(Configured())).answer is Answer.NO
    deployed.droplet.sh(f"cd {DIRECTORY} && sudo -u deploy git checkout -q .")
    deployed.settings(services=["app", "nosuch"])
    assert (await deployed.look(Configured())).says == "the compose file has no service nosuch"
    deployed.settings()
    assert (await deployed.look(Up(services=["nosuch"]))).answer is Answer.NO


async def test_an_engine_that_is_away_is_unreachable(deployed: Deployed) -> None:
    deployed.site.blocks = {"compose": Compose.model_validate({"file": "docker-compose.yml"})}
    deployed.droplet.sh("mv /run/docker.sock /run/docker.away")
    try:
        for check in (Running(), Runs(images={}), Leftovers(), Down(), Up(), Pull()):
            with pytest.raises(Unreachable, match="docker on droplet"):
                await deployed.look(check)
        assert (await deployed.look(EngineRunning())).answer is Answer.UNKNOWN
    finally:
        deployed.droplet.sh("mv /run/docker.away /run/docker.sock")


async def test_secrets_stay_where_they_are(deployed: Deployed) -> None:
    """A root-owned env file, values in an environment, and a password that is also a service's name."""
    secret = "correct-horse-battery"
    deployed.droplet.sh(
        f"cd {DIRECTORY} && printf 'PASSWORD=%s\\nNAME=\"side  \"\\n' {secret} >env.prod && chmod 600 env.prod"
    )
    deployed.edit("  app:\n", "  app:\n    environment: {PASSWORD: $PASSWORD, NAME: $NAME}\n")
    with pytest.raises(Unreachable, match="sudo: true"):
        deployed.settings(env_file="env.prod")
        await deployed.look(Configured())
    deployed.settings(env_file="env.prod", sudo=True)
    first = await deployed.look(Configured())
    up = await deployed.does(Up())
    record = await deployed.does(Record())
    env = Release.model_validate(record.outputs["release"]).env
    assert env == deployed.droplet.exec(["sha256sum", f"{DIRECTORY}/env.prod"]).stdout.split()[0]
    told = await deployed.look(ExecOk(service="app", command=["sh", "-c", "echo PASSWORD=$PASSWORD"]))
    as_recorded = deployed.site.redactor  # what a look says is masked where it is written down
    assert "PASSWORD=••••••" in as_recorded(str(told.evidence["output"]))
    override = deployed.droplet.exec(["cat", f"{DIRECTORY}/.titan-flow/images.json"]).stdout
    for shown in (first, up, record, told, override):
        assert secret not in as_recorded(f"{shown}")
    assert secret not in override

    deployed.droplet.sh(f"sed -i s/{secret}/other-horse-battery/ {DIRECTORY}/env.prod")
    seen = await deployed.look(Up())
    assert (seen.answer, seen.says) == (Answer.NO, "app is configured otherwise")
    await deployed.does(Up())


async def test_the_log_since_a_mark_since_a_start_and_since_another_container(deployed: Deployed) -> None:
    services, site = services_of(deployed.site), deployed.site
    first = await services.log(site, "app", None)
    assert first.complete and first.lines == ("app v1 starting", "app v1 listening on 8080")
    same = await services.log(site, "app", first.mark)
    assert (same.lines, same.complete, same.mark) == ((), True, first.mark)
    deployed.droplet.docker("restart", "app-app-1")
    more = await services.log(site, "app", first.mark)
    assert more.complete and more.lines[:2] == ("app v1 stopping", "app v1 starting")
    whole = await services.log(site, "app", None)
    assert whole.lines[0] == "app v1 starting", "an earlier life is no part of it"
    await deployed.deploy("v2")
    other = await services.log(site, "app", more.mark)
    assert (other.lines[0], other.complete) == ("app v2 starting", False)
    with pytest.raises(LookupError):
        await services.log(site, "nosuch", None)


async def test_a_program_inside(deployed: Deployed) -> None:
    health = ["wget", "-q", "-O-", "http://127.0.0.1:8080/health"]
    assert (await deployed.look(ExecOk(service="app", command=health))).yes
    assert (await deployed.look(ExecOk(service="app", command=["false"]))).answer is Answer.NO
    assert (await deployed.look(ExecOk(service="app", command=["nosuch"]))).answer is Answer.UNKNOWN
    slow = ExecOk.model_validate({"service": "app", "command": ["sleep", "9"], "timeout": "1s"})
    assert (await deployed.look(slow)).answer is Answer.UNKNOWN
    deployed.droplet.docker("stop", "-t", "0", "app-side-1")
    assert (await deployed.look(ExecOk(service="side", command=["true"]))).says == "side does not run"


async def test_what_a_killed_up_leaves_is_named_and_repaired(deployed: Deployed) -> None:
    """field.md 16."""
    deployed.edit("    image: registry.test:5000/side:v1\n", STUBBORN.format(1000))
    deployed.edit("    healthcheck: *health\n", "")
    await deployed.does(Up())
    assert (await deployed.look(Leftovers())).yes
    deployed.edit("1000", "1001")
    deployed.droplet.ssh(f"cd {DIRECTORY} && timeout -s KILL 2 docker compose up -d", check=False)
    seen = await deployed.look(Leftovers())
    assert seen.answer is Answer.NO and "docker rm -f" in seen.says, deployed.droplet.docker("ps", "-a")
    assert "was left behind" in (await deployed.look(Up())).says
    await deployed.does(Up())
    assert (await deployed.look(Leftovers())).yes
    assert deployed.droplet.docker("ps", "-a", "--format", "{{.Names}}").split() == ["app-side-1", "app-app-1"]


async def test_a_one_off_service(deployed: Deployed) -> None:
    """field.md 13."""
    migrate = (
        "  migrate:\n    image: registry.test:5000/side:v1\n    entrypoint: [sh, -c, 'exit {}']\n"
        "  late:\n    image: registry.test:5000/side:v1\n"
        "    depends_on: {{migrate: {{condition: service_completed_successfully}}}}\n"
    )
    deployed.edit("services:\n", "services:\n" + migrate.format(0))
    await deployed.does(Up())
    assert await services_of(deployed.site).expected(deployed.site) == {"app": 1, "late": 1, "side": 1}
    assert (await deployed.settled(Running(), lambda seen: seen.yes)).yes
    record = await deployed.does(Record())
    release = Release.model_validate(record.outputs["release"])
    assert (await deployed.look(Runs(images=release.images))).yes
    deployed.edit("exit 0", "exit 3")
    before = await deployed.look(Up())
    assert not (await deployed.act(Up(), before)).ok
    seen = await Up().look(deployed.site, before.mark)
    assert (seen.says, seen.final) == ("migrate failed (exit 3)", True), "its log is read before it runs again"
    assert not (await deployed.look(Up())).final, "a new deployment starts it once more"
    running = await deployed.look(Running())
    assert "migrate failed (exit 3)" in running.says and running.final


async def test_the_health_check_of_an_image_counts(deployed: Deployed) -> None:
    """Asked of a real engine: neither `config` nor the compose file knows of it."""
    check = "--start-period=2m --interval=5s --timeout=3s --retries=5 CMD true"
    lines = f"FROM registry.test:5000/side:v1\nHEALTHCHECK {check}\n"
    deployed.droplet.sh(f"printf '%s' '{lines}' | docker build -q -t registry.test:5000/slow:v1 -")
    deployed.edit("services:\n", "services:\n  slow:\n    image: registry.test:5000/slow:v1\n")
    seen = await deployed.look(HealthFits(within=60.0))
    assert seen.says == "slow may need 2m40s (2m + 5 x (5s + 3s)), but has 1m", seen
    assert (await deployed.look(HealthFits(within=160.0))).yes


async def test_orphans_go_only_where_that_was_asked(deployed: Deployed) -> None:
    deployed.edit("services:\n", "services:\n  gone:\n    image: registry.test:5000/side:v1\n")
    await deployed.does(Up())
    deployed.edit("  gone:\n    image: registry.test:5000/side:v1\n", "")
    assert (await deployed.look(Up())).yes
    seen = await deployed.look(Up(remove_orphans=True))
    assert seen.says == "gone is no longer in the compose file"
    await deployed.does(Up(remove_orphans=True))
    assert set(deployed.production.containers()) == {"app", "side"}


async def test_down_takes_the_containers_and_nothing_else(deployed: Deployed) -> None:
    deployed.edit("  app:\n", "  app:\n    volumes: ['data:/data']\n")
    deployed.edit("services:\n", "volumes: {data: {}}\nservices:\n")
    await deployed.does(Up())
    await deployed.does(Down())
    assert deployed.production.running() == {}
    assert "app_data" in deployed.droplet.docker("volume", "ls", "-q")
    record = await deployed.look(Record())
    assert (record.answer, record.final) == (Answer.NO, True)
    assert (await deployed.look(Running())).says == "app has no instance; side has no instance"
    deployed.droplet.docker("volume", "rm", "app_data")


async def test_several_files_a_profile_a_project_and_a_docker_context(deployed: Deployed) -> None:
    """Beside the project that the files name by themselves, which is left alone."""
    droplet, before = deployed.droplet, deployed.production.containers()
    files = {
        "one.yml": "name: app\nservices: {one: {image: 'registry.test:5000/side:v1', entrypoint: [sleep, '99']}}\n",
        "two.yml": "services: {one: {init: true}, two: {image: 'registry.test:5000/side:v1', profiles: [live]}}\n",
    }
    for name, text in files.items():
        droplet.exec(["tee", f"{DIRECTORY}/{name}"], stdin=text)
    droplet.ssh("docker context create far --docker host=unix:///var/run/docker.sock >/dev/null")
    try:
        deployed.settings(file=[*files], project="other", context="far")
        assert (await deployed.look(Configured())).says == "project other, 1 services", "the profile is not asked for"
        deployed.settings(file=[*files], project="other", context="far", profiles=["live"])
        await deployed.does(Up(remove_orphans=True))
        seen = await deployed.look(Running())
        assert (seen.answer, seen.says) == (Answer.YES, "2 services run")
        named = droplet.docker("ps", "--filter", "label=com.docker.compose.project=other", "--format", "{{.Names}}")
        assert sorted(named.split()) == ["other-one-1", "other-two-1"]
        assert {name: one["Id"] for name, one in deployed.production.containers().items()} == {
            name: one["Id"] for name, one in before.items()
        }
        await deployed.does(Down())
        deployed.settings(file=[*files], project="other", context="nowhere")
        with pytest.raises(Unreachable, match="nowhere"):
            await deployed.look(Running())
    finally:
        droplet.ssh("docker context rm far >/dev/null")


async def test_the_engine(deployed: Deployed) -> None:
    assert (await deployed.look(EngineRunning())).yes
    assert (await deployed.look(Disk(free="1MB"))).yes
    full = await deployed.look(Disk(free="1000TB"))
    assert full.answer is Answer.NO and "free" in full.says
    await deployed.settled(Healthy(containers=["app-app-1"]), lambda seen: seen.yes)
    deployed.droplet.docker("stop", "-t", "0", "app-app-1")
    assert (await deployed.look(Healthy(containers=["app-app-1"]))).says == "app-app-1 is exited"
    assert (await deployed.look(Healthy(containers=["nosuch"]))).says == "nosuch does not exist"


def test_what_the_images_are(production: Production) -> None:
    """The engine and the tests agree on what an id is: else nothing above proves anything."""
    built: Built = production.releases["v1"].images["app"]
    assert json.loads(production.droplet.docker("inspect", "registry.test:5000/app:v1"))[0]["Id"] == built.id
