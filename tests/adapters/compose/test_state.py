"""Who looks again and again does not have compose say again what it has said of the same files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.checkout import Checkout, git
from tests.adapters.compose.titan import container
from titan_flow.adapters.compose.models import Project
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import (
    facts,
    forget_rendering,
    local_images,
    project,
    resolved,
    secrets,
    standing,
)
from titan_flow.adapters.errors import Unreachable
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost

RENDERED = json.dumps({"name": "titan", "services": {"brain": {"image": "r/brain:1"}}}, indent=2)
DOCKER = """#!/bin/sh
echo "$*" >>{at}/asked
case "$*" in
*'--format json') cat {at}/rendered.json ;;
*'--no-consistency --hash *') cat >{at}/resolved.json; printf 'brain %064d\\nside %064d\\n' 1 9 ;;
*'--hash *') printf 'brain %064d\\nexecution %064d\\nside %064d\\n' 1 2 3 ;;
*'ps -aq'*) ;;
'version '*) [ ! -e {at}/down ] || exit 1 ;;
'image inspect '*)
  shift 4; left=0
  for name; do
    case $name in here*) echo '{{"id":"sha256:'"$name"'","tags":["'"$name"'"]}}' ;; *) left=1; echo ;; esac
  done
  exit $left ;;
*) exit 9 ;;
esac
"""
LISTED = (
    "ps -aq --no-trunc --filter label=com.docker.compose.project=titan --filter label=com.docker.compose.config-hash"
)


class Scene:
    def __init__(self, at: Path) -> None:
        self.at, self.repo = at, Checkout.make(at)
        (at / "docker").write_text(DOCKER.format(at=at))
        (at / "docker").chmod(0o755)
        (at / "rendered.json").write_text(RENDERED)
        (self.repo.here / "stack").mkdir()
        self.write("stack/a.yml", "one")
        self.settings = Compose.model_validate({"file": "stack/a.yml"})
        self.site = Site(LocalHost(), str(self.repo.here), {"compose": self.settings})

    def write(self, file: str, text: str) -> None:
        (self.repo.here / file).write_text(text)

    def asked(self) -> list[str]:
        """What docker was asked since the last time. Its API is out of reach here: every answer is the CLI's."""
        file = self.at / "asked"
        lines = file.read_text().splitlines() if file.exists() else []
        said = [line for line in lines if not line.endswith("dial-stdio")]
        file.unlink(missing_ok=True)
        return said


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return made


async def test_a_second_look_at_the_same_files_asks_docker_alone(scene: Scene) -> None:
    first, _ = await standing(scene.site, scene.settings)
    assert any("compose" in line for line in scene.asked())
    again, _ = await standing(scene.site, scene.settings)
    assert again == first and scene.asked() == [LISTED]
    await project(scene.site, scene.settings)
    assert scene.asked() == [LISTED]


@pytest.mark.parametrize("file", ["stack/a.yml", "stack/.env", ".env"])
async def test_a_changed_file_is_rendered_and_its_project_is_asked_for_anew(scene: Scene, file: str) -> None:
    await facts(scene.site, scene.settings)
    scene.asked()
    scene.write(file, "COMPOSE_PROJECT_NAME=other")
    (scene.at / "rendered.json").write_text(RENDERED.replace("titan", "other"))
    await project(scene.site, scene.settings)
    assert scene.asked() == ["compose -f stack/a.yml ps -aq --no-trunc"]
    rendered, _ = await standing(scene.site, scene.settings)
    assert rendered.project == "other"
    scene.asked()
    await project(scene.site, scene.settings)
    assert scene.asked() == [LISTED.replace("titan", "other")]


async def test_another_commit_may_include_other_files(scene: Scene) -> None:
    await facts(scene.site, scene.settings)
    git(scene.repo.here, "commit", "-q", "--allow-empty", "-m", "next")
    (scene.at / "rendered.json").write_text(RENDERED.replace("brain", "execution"))
    rendered, _ = await standing(scene.site, scene.settings)
    assert [*rendered.services] == ["execution"]


async def test_the_same_files_are_rendered_once_but_anew_for_what_judges_an_act(scene: Scene) -> None:
    await facts(scene.site, scene.settings)
    scene.asked()
    await facts(scene.site, scene.settings)
    assert not any(" config " in line for line in scene.asked())
    forget_rendering(scene.site)
    await facts(scene.site, scene.settings)
    assert sum(" config " in line for line in scene.asked()) == 2


async def test_other_settings_are_rendered_anew(scene: Scene) -> None:
    await facts(scene.site, scene.settings)
    scene.asked()
    await facts(scene.site, scene.settings.model_copy(update={"profiles": ["live"]}))
    assert sum(" config " in line for line in scene.asked()) == 2


async def test_images_are_asked_for_at_once_and_one_by_one_where_one_is_missing(scene: Scene) -> None:
    found = await local_images(scene.site, scene.settings, {"here:1", "here:2"})
    assert {name: one.id for name, one in found.items()} == {"here:1": "sha256:here:1", "here:2": "sha256:here:2"}
    assert len(scene.asked()) == 1
    found = await local_images(scene.site, scene.settings, {"gone", "here:1", "zzz"})
    assert [*found] == ["here:1"]


async def test_a_docker_that_is_down_has_not_lost_its_images(scene: Scene) -> None:
    (scene.at / "down").touch()
    with pytest.raises(Unreachable, match="docker on this machine"):
        await local_images(scene.site, scene.settings, {"gone"})


async def test_a_service_that_lives_in_another_one_is_hashed_with_its_container(scene: Scene) -> None:
    """As compose hashes it; `config --hash` alone says what no container ever has as its label."""
    side = {"image": "r/side:1", "network_mode": "service:brain", "ipc": "service:gone", "volumes_from": ["brain:ro"]}
    services = {"brain": {"image": "r/brain:1"}, "side": side}
    (scene.at / "rendered.json").write_text(json.dumps({"name": "titan", "services": services}, indent=2))
    plain = (await facts(scene.site, scene.settings)).rendered
    there = Project(0.0, (container(name="/titan-brain-2", id="2" * 64, service="brain"),
                          container(name="/titan-brain-1", id="1" * 64, service="brain")))  # fmt: skip
    found = await resolved(scene.site, scene.settings, plain, there)
    assert plain.services["side"].shares == {"brain", "gone"} and not plain.services["brain"].shares
    assert (found.services["brain"].hash, found.services["side"].hash) == (f"{1:064d}", f"{9:064d}")
    sent = json.loads((scene.at / "resolved.json").read_text())["services"]
    assert sent["brain"] == services["brain"]
    assert sent["side"] == {
        "image": "r/side:1",
        "network_mode": f"container:{'1' * 64}",
        "ipc": "service:gone",
        "volumes_from": ["1" * 64],
    }


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


async def test_secrets_are_masked_before_anything_is_asked(site: Site, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOKEN=correct-horse\n")
    await secrets(site)
    assert site.redactor("a correct-horse") == "a ••••••"
