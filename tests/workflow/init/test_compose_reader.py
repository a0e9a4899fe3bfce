"""The compose reader of `init` finds in each project of projects.yaml what `docker compose config` found there.

`python -m tests.workflow.init.test_compose_reader` asks compose again and writes expected.json.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from titan_flow.workflow.init.compose_cli import Cli, docker_cli
from titan_flow.workflow.init.compose_file import Service, compose_file, compose_files, read, service
from titan_flow.workflow.init.compose_reader import NEEDED, variables

HERE = Path(__file__).parent
PROJECTS = cast("dict[str, dict[str, str]]", yaml.safe_load((HERE / "projects.yaml").read_text(encoding="utf-8")))
EXPECTED = HERE / "expected.json"


def lay_out(name: str, folder: Path) -> Path:
    """The project's files, in a folder of its name."""
    for file, text in PROJECTS[name].items():
        path = folder / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / name


def asked(cli: Cli, folder: Path) -> dict[str, Any]:
    """What compose itself makes of it: the name, and of each service what a spec needs."""
    first = next((folder / name for name in ("compose.yaml", "docker-compose.yml") if (folder / name).exists()), None)
    env = variables(folder)
    files, _ = compose_files(first, True, env) if first is not None else ([], [])
    if env.get("COMPOSE_FILE"):
        files = [folder / one for one in env["COMPOSE_FILE"].split(env.get("COMPOSE_PATH_SEPARATOR", ":"))]
    config = cli.config(files, folder)
    assert config.tree is not None, (folder.name, config.failed)
    services: dict[str, dict[str, object]] = {
        name: {key: True if key == "build" else value for key, value in one.items() if key in NEEDED}
        for name, one in config.tree["services"].items()
    }
    return {"name": config.tree["name"], "services": services}


def seen(one: Service) -> Service:
    """What compose prints of it: no env files, and every default filled in."""
    return replace(one, env_files=(), ports=tuple(sorted(one.ports)))


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_read_as_compose_reads_it(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
    monkeypatch.chdir(lay_out(name, tmp_path))
    found = read(None)
    theirs = {key: service(key, tree) for key, tree in expected["services"].items()}
    assert {key: seen(replace(one, ends="no")) for key, one in found.services.items()} == {
        key: seen(one) for key, one in theirs.items()
    }
    assert (found.project or name) == expected["name"]


def test_there_are_enough_projects_to_mean_something() -> None:
    assert len(PROJECTS) >= 40 and set(json.loads(EXPECTED.read_text(encoding="utf-8"))) == set(PROJECTS)


@pytest.mark.slow
@pytest.mark.skipif(docker_cli() is None, reason="docker compose is not installed here")
@pytest.mark.parametrize("name", list(PROJECTS)[::4])
def test_compose_still_says_what_was_expected(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = docker_cli()
    assert cli is not None
    folder = lay_out(name, tmp_path)
    assert asked(cli, folder) == json.loads(EXPECTED.read_text(encoding="utf-8"))[name]
    monkeypatch.chdir(folder)
    with_cli, by_ourselves = read(None, cli), read(None)
    assert with_cli.services == by_ourselves.services and with_cli.files == by_ourselves.files
    assert compose_file(None).exists()


def write() -> None:
    import tempfile

    cli = docker_cli()
    assert cli is not None, "docker compose is not installed here"
    with tempfile.TemporaryDirectory() as folder:
        found = {name: asked(cli, lay_out(name, Path(folder))) for name in PROJECTS}
    EXPECTED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
