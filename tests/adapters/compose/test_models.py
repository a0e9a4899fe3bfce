"""What compose 2.26.1 and 2.40.3 printed on an engine, of one project: two files, a profile, a name, an env file.

outputs/ holds the answers to the adapter's own questions (`queries.py`), as they came.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.compose.titan import TITAN, V1, container
from titan_flow.adapters.compose import queries as questions
from titan_flow.adapters.compose.models import Project, read_newest, read_project, seconds, stamp
from titan_flow.adapters.compose.pull import pulled
from titan_flow.adapters.compose.rendering import read_rendered, read_warnings

HERE = Path(__file__).parent / "outputs"
VERSIONS = sorted(folder.name for folder in HERE.iterdir())
APP, SIDE = "registry.test:5000/app:v1", "registry.test:5000/side:v1"


@pytest.fixture(params=VERSIONS)
def said(request: pytest.FixtureRequest) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (HERE / request.param).glob("*.txt")}


def test_more_than_one_version() -> None:
    assert VERSIONS == ["2.26", "2.40"]
    assert all((HERE / name / "version.txt").read_text().startswith(f"{name}.") for name in VERSIONS)


def test_the_file_as_it_renders(said: dict[str, str]) -> None:
    rendered = read_rendered(said["rendered"])
    assert (rendered.project, list(rendered.services)) == ("other", ["built", "mig", "never", "web"])
    assert {name: rendered.reference(name) for name in rendered.services} == {
        "built": "other-built",
        "mig": SIDE,
        "never": SIDE,
        "web": APP,
    }
    assert [name for name, service in rendered.services.items() if service.once] == ["mig"]
    assert pulled(rendered, []) == {"mig": SIDE, "web": APP}
    assert "hunter2" not in said["rendered"]


def test_what_runs(said: dict[str, str]) -> None:
    project = read_project(said["containers"])
    seen = {one.service: (one.running, one.health, one.once) for one in project.instances(())}
    assert seen == {
        "mig": (False, "none", True),
        "never": (True, "none", False),
        "web": (True, "healthy", False),
    }
    web = project.image(project.of("web")[0])
    assert web.digest is not None and web.digest.startswith("registry.test:5000/app@sha256:")
    rendered = read_rendered(said["rendered"])
    assert all(one.hash == rendered.services[one.service].hash for one in project.containers), "as configured"
    assert "hunter2" not in said["containers"]


def test_what_the_registry_has(said: dict[str, str]) -> None:
    newest, project = read_newest(said["newest"]), read_project(said["containers"])
    assert set(newest) == {"web", "mig"}
    assert all(project.images[project.of(name)[0].image].is_of(digest) for name, digest in newest.items())


def test_which_names_the_file_cannot_do_without(said: dict[str, str]) -> None:
    """TAG has no default, PLAIN has one, UNUSED is not in the file."""
    assert said["needed"].split() == ["TAG"]


def test_what_compose_warns_of() -> None:
    line = 'time="2026-11-24T06:40:38Z" level=warning msg="{}"\n'
    unset = 'The \\"API_TOKEN\\" variable is not set. Defaulting to a blank string.'
    err = line.format(unset) * 2 + line.format("/x/compose.yaml: `version` is obsolete") + line.format("odd \\x1b")
    assert read_warnings(err) == ('The "API_TOKEN" variable is not set. Defaulting to a blank string.', "odd \\x1b")


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


def test_a_registry_names_a_digest_or_says_nothing() -> None:
    out = {"name": "", "services": {"app": {"image": "registry.test:5000/app:v1@sha256:f6bb"}}}
    assert read_newest(json.dumps(out)) == {"app": "sha256:f6bb"}
    asked = questions.newest(TITAN, {"app": "r/a:x"})
    assert json.loads(asked.stdin)["services"] == {"app": {"image": "r/a:x"}}
    with pytest.raises(ValueError, match="does not say"):
        read_newest(json.dumps({"services": {"app": {"image": "registry.test:5000/app:v1"}}}))


@pytest.mark.parametrize(
    ("status", "code", "paused"),
    [("running", None, False), ("exited", 3, False), ("dead", 3, False), ("created", None, False),
     ("restarting", None, False), ("paused", None, True)],
)  # fmt: skip
def test_only_what_has_ended_has_an_exit_code(status: str, code: int | None, paused: bool) -> None:
    """docker says 0 of what never started, and of what is stopped in the middle."""
    (one,) = Project(0.0, (container(status=status, exit_code=3),)).instances(())
    assert (one.exit_code, one.paused) == (code, paused)
