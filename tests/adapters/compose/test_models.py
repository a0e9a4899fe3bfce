"""What compose 2.26.1 and 2.40.3 printed on an engine, of one project: two files, a profile, a name, an env file.

outputs/ holds the answers to the adapter's own questions (`queries.py`), as they came.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from titan_flow.adapters.compose.models import read_newest, read_project
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
