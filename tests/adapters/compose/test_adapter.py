"""compose as data: command lines that are built, and real outputs of compose 2.26 and 2.40 that are read.

What it does to an engine is in tests/droplet/test_compose_adapter.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from titan_flow.adapters.compose import argv as commands
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.at_commit import outside
from titan_flow.adapters.compose.build import Build
from titan_flow.adapters.compose.logs import after, begins, life, parsed
from titan_flow.adapters.compose.models import Container, Project, read_newest, read_project, seconds, stamp
from titan_flow.adapters.compose.pull import pulled
from titan_flow.adapters.compose.rendering import Rendered, Service, read_rendered
from titan_flow.adapters.compose.services import release_of
from titan_flow.adapters.compose.settings import Compose, plain
from titan_flow.adapters.compose.state import Facts, facts, secrets
from titan_flow.adapters.compose.up import Up
from titan_flow.adapters.compose.up_plan import Pin, Plan, fault, looping, settled
from titan_flow.adapters.env_files import env_names, env_values
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.release import Image
from titan_flow.states.values import Answer, Json, Observation

V1, V2, HASH = "sha256:" + "1" * 64, "sha256:" + "2" * 64, "a" * 64

TITAN = Compose.model_validate(
    {"file": "docker-compose.prod.yml", "env_file": "compose/.env.prod", "sudo": True, "profiles": ["live"]}
)


def container(**changed: Json) -> Container:
    """As `docker inspect` has one of the titan's."""
    inspected: dict[str, Json] = {
        "id": "c" * 64,
        "name": "/titan-nats",
        "image": V1,
        "service": "nats",
        "depends_on": "",
        "one_off": "False",
        "hash": HASH,
        "ours": None,
        "status": "running",
        "exit_code": 0,
        "oom_killed": False,
        "started": "2026-11-24T06:40:38.334900949Z",
        "finished": "0001-01-01T00:00:00Z",
        "restarts": 0,
        "health": None,
        "log": "json-file",
        "log_limit": None,
        **changed,
    }
    return Container.model_validate(inspected)


def test_the_project_stands_at_the_beginning_of_every_command_line() -> None:
    beginning = "docker compose -f docker-compose.prod.yml --env-file compose/.env.prod --profile live"
    assert " ".join(TITAN.argv()) == beginning
    pull = commands.pull(TITAN, ["nats"])
    assert (" ".join(pull.argv), pull.sudo, pull.clean) == (
        f"{beginning} pull --quiet --ignore-buildable nats",
        True,
        True,
    )
    up = commands.up(TITAN, (), pull=False).argv
    assert up[up.index("--progress") :] == ("--progress", "plain", "up", "-d", "--pull", "never")
    assert up[4:6] == ("-f", ".titan-flow/images.json")
    down = commands.down(TITAN).argv
    assert down[-1] == "down" and "-v" not in down and "--volumes" not in down


def test_another_docker_context_goes_with_every_command() -> None:
    far = Compose.model_validate({"file": "x.yml", "context": "far"})
    for command in (
        questions.rendered(far),
        questions.images(far, ["x"]),
        commands.tag(far, V1, "x"),
        questions.kept(far, "k"),
    ):
        assert command.env == {"DOCKER_CONTEXT": "far"} and command.clean
    assert not questions.rendered(TITAN).env


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"file": "x.yml", "context": "-x"},
        {"file": []},
        {"file": ""},
        {"file": "-f"},
        {"file": "x.yml", "project": "-p"},
        {"file": "x.yml", "project": "Titan"},
        {"file": "x.yml", "services": ["--help"]},
        {"file": "x.yml", "profiles": ["-x"]},
        {"file": "x.yml", "env": "x"},
    ],
)
def test_settings_that_are_refused(bad: Mapping[str, Json]) -> None:
    with pytest.raises(ValidationError):
        Compose.model_validate(bad)


@pytest.mark.parametrize(
    ("name", "is_"), [("titan-brain", "titan-brain"), ("App_1.x", "app-1-x"), ("--", "x"), ("Ümlaut", "mlaut")]
)
def test_a_name_as_a_part_of_a_repository(name: str, is_: str) -> None:
    assert plain(name) == is_
    assert TITAN.keeps("/opt/Titan/") == TITAN.keeps("/opt/Titan") == "titan-flow/keep/titan-fbc210ef"
    assert TITAN.keeps("/srv/staging/titan") != TITAN.keeps("/srv/prod/titan")


# ----------------------------------------------------------------------------------------------- the rendered file

RENDERED: Json = {
    "name": "dep",
    "networks": {"default": {"name": "dep_default", "ipam": {}}},
    "services": {
        "mig": {
            "command": None,
            "environment": {"SECRET": 'hunter2 "x"\n  "image": ', "image": "hunter2", "condition": "hunter2"},
            "image": "registry.test:5000/app:v1",
            "labels": {"traefik.http.middlewares.auth.basicauth.users": "hunter2"},
        },
        "we.b-1": {
            "build": {"context": "/srv", "args": {"TOKEN": "hunter2"}},
            "depends_on": {
                "db": {"condition": "service_healthy", "required": True},
                "mig": {"condition": "service_completed_successfully", "required": True},
            },
            "pull_policy": "build",
        },
        "db": {"image": "postgres:16", "environment": {"POSTGRES_PASSWORD": "hunter2"}},
    },
    "volumes": {"mig": {"name": "image"}},
}

DOCKER = """#!/bin/sh
case "$*" in
*'--format json') cat rendered.json ;;
*'--hash *') printf 'mig %064d\\nwe.b-1 %064d\\ndb %064d\\n' 1 2 3 ;;
*'ps -aq'*) ;;
*) echo "docker $*: hunter2" >&2; exit 9 ;;
esac
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A host whose docker prints that file, as compose 2.26 and 2.40 both do: one key a line, two spaces a level."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    (tmp_path / "rendered.json").write_text(json.dumps(RENDERED, indent=2))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path), {"compose": Compose.model_validate({"file": "x.yml"})})


async def test_of_a_rendered_file_only_names_and_images_leave_the_host(site: Site) -> None:
    answer = await site.run(questions.rendered(site.block(Compose)))
    assert "hunter2" not in answer.out and "TOKEN" not in answer.out and "traefik" not in answer.out
    rendered = read_rendered(answer.out)
    assert (rendered.project, list(rendered.services)) == ("dep", ["mig", "we.b-1", "db"])
    one, two, three = (f"{n:064d}" for n in (1, 2, 3))
    assert rendered.services["mig"] == Service("registry.test:5000/app:v1", one, once=True)
    needs = {"db": "service_healthy", "mig": "service_completed_successfully"}
    assert rendered.services["we.b-1"] == Service(None, two, built=True, pull_policy="build", needs=needs)
    assert rendered.services["db"] == Service("postgres:16", three)
    assert rendered.reference("we.b-1") == "dep-we.b-1"
    assert pulled(rendered, []) == {"mig": "registry.test:5000/app:v1", "db": "postgres:16"}
    assert pulled(rendered, ["db"]) == {"db": "postgres:16"}


async def test_env_files_are_hashed_and_their_values_masked(site: Site, tmp_path: Path) -> None:
    assert (await facts(site, site.block(Compose))).env is None
    (tmp_path / ".env").write_text("# SECRET=not-this-one\nTOKEN='correct horse' # battery\nPORT=80\n")
    found = await facts(site, site.block(Compose))
    assert found.env is not None and len(found.env) == 64
    assert site.redactor("the correct horse at port 80") == "the •••••• at port 80"
    assert site.redactor("not-this-one") == "not-this-one"


async def test_an_optional_env_file_that_is_not_there(site: Site, tmp_path: Path) -> None:
    """`env_file: [{path: opt.env, required: false}]`, beside one that compose is given and needs."""
    (tmp_path / "main.env").write_text("KEY=1\n")
    optional = {"file": "x.yml", "env_file": "main.env", "masked": "opt.env"}
    site.blocks = {"compose": Compose.model_validate(optional)}
    assert (await facts(site, site.block(Compose))).env is not None
    (tmp_path / "main.env").unlink()
    with pytest.raises(Unreachable, match=r"main\.env cannot be read"):
        await facts(site, site.block(Compose))


async def test_what_is_no_rendered_file_is_said_in_one_line(site: Site, tmp_path: Path) -> None:
    (tmp_path / "rendered.json").write_text(json.dumps(RENDERED))
    with pytest.raises(Exception, match=r"docker on this machine: docker printed something else") as wrong:
        await facts(site, site.block(Compose))
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize("out", ["", "\n\n", "x", f"{HASH}  -\n\n", f'{HASH}  -\n\n  "name": "x",\n    "app": {{\n'])
def test_rendered_lines_that_cannot_be_read(out: str) -> None:
    with pytest.raises(ValueError):
        read_rendered(out)


def test_env_names() -> None:
    assert env_names("A=1\nexport B = two\n#C=no\nno equals\n  D=\n'E'=x\n") == ["A", "B", "D"]


def test_env_values() -> None:
    text = "A=1\nexport B = two words \nC=\"quoted\"\n#D=no\nno equals\nE='x # y'\nF=v # comment\nG=a=b\n"
    assert {"1", "two words", "quoted", "x # y", "v", "a=b"} <= set(env_values(text))
    assert not {"no", "no equals"} & set(env_values(text))


def test_a_key_of_several_lines_is_masked_line_by_line() -> None:
    text = 'KEY="-----BEGIN KEY-----\nMIIEvQ==\n-----END KEY-----"\nONE="first\\nsecond"\n# comment=no\nB=last\n'
    assert {"MIIEvQ==", "-----END KEY-----", "first", "second", "last"} <= set(env_values(text))
    assert "no" not in env_values(text)


# ------------------------------------------------------------------------------------------------------ containers


def test_containers_and_images_by_what_docker_inspect_says() -> None:
    lines = [
        "1795600000.844513391",
        container(status="restarting", restarts=3, health="starting").model_dump_json(),
        container(id="d" * 64, service="brain", depends_on="nats:service_healthy:false,mig:service_completed_successfully:false").model_dump_json(),  # noqa: E501
        container(id="e" * 64, service="mig", status="exited", started="2026-11-24T06:40:30Z").model_dump_json(),
        container(id="f" * 64, one_off="True").model_dump_json(),
        json.dumps({"id": V1, "digests": ["titan-flow/keep/x@sha256:0", "r/b@sha256:2", "r/a@sha256:1"], "tags": None}),
    ]  # fmt: skip
    project = read_project("\n".join(lines))
    assert [one.service for one in project.instances(())] == ["nats", "brain", "mig"]
    nats, brain, mig = project.instances(())
    assert (nats.running, nats.health, nats.restarts, nats.once) == (False, "starting", 3, False)
    assert (brain.running, brain.health, brain.digest) == (True, "none", "r/a@sha256:1")
    assert (mig.running, mig.exit_code, mig.once) == (False, 0, True)
    assert brain.age is not None and 0 < brain.age < 9e7
    assert read_project("1795502152.%N\n") == Project(1795502152.0)
    with pytest.raises(ValueError, match="something else"):
        read_project('{"service": "x"}')


@pytest.mark.parametrize(
    ("name", "leftover", "meant"),
    [
        ("/titan-nats", False, "titan-nats"),
        ("/0123456789ab_titan-nats", True, "titan-nats"),
        ("/0123456789AB_x", False, "0123456789AB_x"),
        ("/0123456789a_x", False, "0123456789a_x"),
        ("/0123456789ab_", False, "0123456789ab_"),
    ],
)
def test_leftovers_by_their_names(name: str, leftover: bool, meant: str) -> None:
    one = container(name=name)
    assert (one.leftover, one.final_name) == (leftover, meant)


def test_times() -> None:
    assert 0.334 < stamp("2026-11-24T06:40:38.334900949Z") - stamp("2026-11-24T06:40:38Z") < 0.335
    assert (seconds("12.5"), seconds("12.%N"), seconds("x")) == (12.5, 12.0, 0.0)


def test_what_the_registry_has() -> None:
    out = {"name": "", "services": {"app": {"image": "registry.test:5000/app:v1@sha256:f6bb"}}}
    assert read_newest(json.dumps(out)) == {"app": "sha256:f6bb"}
    asked = questions.newest(TITAN, {"app": "r/a:x"})
    assert json.loads(asked.stdin)["services"] == {"app": {"image": "r/a:x"}}
    with pytest.raises(ValueError, match="does not say"):
        read_newest(json.dumps({"services": {"app": {"image": "registry.test:5000/app:v1"}}}))


# ------------------------------------------------------------------------------------------------------------ logs

LINES = "2026-01-01T00:00:02Z two\n2026-01-01T00:00:01Z one\r\n2026-01-01T00:00:02Z two again\nError from docker\n"


def test_lines_in_the_order_of_time() -> None:
    assert [text for _, text in parsed(LINES)] == ["one", "two", "two again"]
    assert len(parsed(LINES + "2026-01-01T00:00:03Z cut o", whole=False)) == 3


def test_new_lines_are_those_behind_the_mark() -> None:
    lines = parsed(LINES)
    at = "2026-01-01T00:00:02Z"
    assert after(lines, at, 1) == ([(at, "two again")], True)
    assert after(lines, at, 2) == ([], True)
    assert after(lines, at, 3) == ([], False), "a marked line is gone: it was rotated away"
    assert after([], at, 1) == ([], False)


def test_a_bounded_log_may_have_lost_its_beginning() -> None:
    late = [("2026-11-24T07:00:00Z", "x")]
    assert begins(late, container())
    assert not begins(late, container(log_limit="10m"))
    assert not begins(late, container(log="local"))
    assert begins([("2026-11-24T06:40:39Z", "x")], container(log_limit="10m"))


@pytest.mark.parametrize(
    ("started", "finished", "since"),
    [
        ("2026-11-24T06:40:38Z", "0001-01-01T00:00:00Z", None),
        ("2026-11-24T06:40:38.5Z", "2026-11-24T06:40:37.5Z", "2026-11-24T06:40:38.000000Z"),
        ("2026-11-24T06:40:38Z", "2026-11-24T06:45:00Z", "2026-11-24T06:40:37.900000Z"),
    ],
)
def test_the_life_whose_lines_count(started: str, finished: str, since: str | None) -> None:
    assert life(container(started=started, finished=finished)) == since


# -------------------------------------------------------------------------------------------------------------- up


@pytest.mark.parametrize(
    ("changed", "is_settled"),
    [
        ({}, True),
        ({"image": V2}, False),
        ({"hash": "b" * 64}, False),
        ({"hash": "b" * 64, "ours": HASH}, True),
        ({"hash": "b" * 64, "ours": "b" * 64}, False),
    ],
)
def test_a_container_is_settled_by_image_and_configuration(changed: Mapping[str, Json], is_settled: bool) -> None:
    rendered = Rendered("titan", HASH, {"nats": Service("nats:2", HASH)})
    assert settled(rendered, "nats", V1, container(**changed)) is is_settled


@pytest.mark.parametrize(
    ("status", "code", "paused"),
    [("running", None, False), ("exited", 3, False), ("dead", 3, False), ("created", None, False),
     ("restarting", None, False), ("paused", None, True)],
)  # fmt: skip
def test_only_what_has_ended_has_an_exit_code(status: str, code: int | None, paused: bool) -> None:
    """docker says 0 of what never started, and of what is stopped in the middle."""
    (one,) = Project(0.0, (container(status=status, exit_code=3),)).instances(())
    assert (one.exit_code, one.paused) == (code, paused)


@pytest.mark.parametrize(
    ("said", "there", "why"),
    [
        ('"scale": 3', 1, "has 1 of 3 containers"),
        ('"scale": 2', 2, None),
        ('"deploy": {\n        "replicas": 1,\n        "resources": {}\n      }', 2, "has 2 of 1 containers"),
        ('"deploy": {\n        "replicas": 0\n      }', 0, None),
        ('"deploy": {}', 1, None),
    ],
)
async def test_how_many_containers_of_a_service(
    site: Site, tmp_path: Path, said: str, there: int, why: str | None
) -> None:
    body = f'{{\n  "name": "t",\n  "services": {{\n    "db": {{\n      "image": "x",\n      {said}\n    }}\n  }}\n}}\n'
    json.loads(body)
    (tmp_path / "rendered.json").write_text(body)
    rendered = read_rendered((await site.run(questions.rendered(site.block(Compose)))).out)
    one = container(service="db", hash=rendered.services["db"].hash)
    found = Facts(rendered, Project(0.0, (one,) * there), None)
    assert fault(found, "db", V1) == why


def test_an_orphan_is_no_part_of_a_release() -> None:
    """Recorded, a rollback would need it, by a compose file that knows no such service."""
    rendered = Rendered("titan", HASH, {"nats": Service("nats:2", HASH)})
    there = (container(), container(service="gone", status="exited"))
    assert [*release_of(Facts(rendered, Project(0.0, there), None), "c" * 40).images] == ["nats"]


async def test_secrets_are_masked_before_anything_is_asked(site: Site, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOKEN=correct-horse\n")
    await secrets(site)
    assert site.redactor("a correct-horse") == "a ••••••"


@pytest.mark.parametrize(
    ("file", "folder", "variables"),
    [
        ("x.yml", ".", [".env"]),
        ("stack/x.yml", "stack", [".env", "stack/.env"]),
        ("/srv/x.yml", "/srv", [".env", "/srv/.env"]),
        ("../x.yml", "..", [".env", "../.env"]),
    ],
)
def test_where_compose_looks_for_its_variables(file: str, folder: str, variables: list[str]) -> None:
    settings = Compose.model_validate({"file": file})
    assert (settings.folder, settings.variables) == (folder, variables)


@pytest.mark.parametrize(("path", "is_"), [("a.yml", False), ("a/b", False), ("/a", True), ("../a", True), ("a/../b", True)])  # fmt: skip  # noqa: E501
def test_what_may_lie_outside_of_the_checkout(path: str, is_: bool) -> None:
    assert outside(path) is is_


@pytest.mark.parametrize(
    ("changed", "loops"),
    [
        ({}, False),
        ({"restarts": 3}, False),
        ({"restarts": 3, "started": "2026-11-24T06:41:00Z"}, True),
        ({"restarts": 0, "started": "2026-11-24T06:41:00Z"}, False),
        ({"restarts": 3, "status": "exited", "started": "2026-11-24T06:41:00Z"}, False),
        ({"restarts": 3, "status": "restarting", "started": "2026-11-24T05:00:00Z"}, True),
    ],
)
def test_a_service_that_keeps_restarting(changed: Mapping[str, Json], loops: bool) -> None:
    now = stamp("2026-11-24T06:41:10Z")
    found = Facts(
        Rendered("titan", HASH, {"nats": Service("nats:2", HASH)}),
        Project(now, (container(**{"started": "2026-11-24T06:40:38Z", **changed}),)),
        None,
    )
    assert looping(found, ["nats", "brain"]) == ({"nats": "keeps restarting"} if loops else {})


def test_the_override_says_nothing_of_what_is_right() -> None:
    plan = Plan(pins={"nats": Pin(), "app": Pin(image=V1, label=HASH), "new": Pin(pull=True)})
    assert plan.override() == {
        "services": {
            "nats": {"pull_policy": "never"},
            "app": {"image": V1, "labels": {"io.titan-flow.config": HASH}, "pull_policy": "never"},
            "new": {"pull_policy": "missing"},
        }
    }


def test_a_build_is_tagged_with_its_commit_once_it_has_ended_well() -> None:
    site = Site(LocalHost(), "/opt/titan", {"compose": TITAN})
    mine = TITAN.built("/opt/titan", "Brain.x", "4f1c2aa9" * 5)
    assert mine == "titan-flow/keep/titan-48a3570d/brain-x:commit-4f1c2aa94f1c"
    plan: Json = {"build": {"Brain.x": ["titan-brain", mine]}, "tag": {}}
    built = Build().act(site, Observation(Answer.NO, evidence={"plan": plan})).commands
    assert built[0].argv[-2:] == ("build", "Brain.x") and built[1].argv == ("docker", "tag", "titan-brain", mine)
    again: Json = {"build": {}, "tag": {mine: "titan-brain"}}
    (moved,) = Build().act(site, Observation(Answer.NO, evidence={"plan": again})).commands
    assert moved.argv == ("docker", "tag", mine, "titan-brain"), "built once, not built twice"


def test_acting_pulls_tags_pins_and_only_then_starts() -> None:
    site = Site(LocalHost(), "/opt/titan", {"compose": TITAN})
    plan = Plan(pins={"app": Pin(image=V1)}, tags={"r/app:latest": V1}, absent={V1: "r/app@sha256:1"})
    seen = Observation(Answer.NO, evidence={"plan": plan.model_dump(mode="json")})
    deed = Up(images={"app": Image(id=V1, digest="r/app@sha256:1")}).act(site, seen)
    assert deed.commands[0].argv[-3:] == (V1, "r/app@sha256:1", "app") and deed.commands[1].argv[-2:] == (
        V1,
        "r/app:latest",
    )
    assert [command.sudo for command in deed.commands] == [True, True, False, True]
    assert json.loads(deed.commands[2].stdin)["services"]["app"]["image"] == V1
    assert deed.commands[3].argv[-2:] == ("up", "-d")
    never = Up(pull="never").act(site, seen)
    assert len(never.commands) == 3 and never.commands[-1].argv[-2:] == ("--pull", "never")
    assert Up().act(site, Observation(Answer.NO)).commands, "an act can be built without a look"


@pytest.mark.parametrize("bad", [{"images": {"--x": {"id": V1}}}, {"images": {"a": {}}}, {"pull": "always"}, {"x": 1}])
def test_arguments_that_are_refused(bad: Mapping[str, Json]) -> None:
    with pytest.raises(ValidationError):
        Up.model_validate(bad)
