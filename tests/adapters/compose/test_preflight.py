"""What of compose is looked at before anything acts: files, registry, room. Docker here answers from a table."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.adapters.checkout import Checkout
from tests.adapters.nobody import nobody as somebody
from tests.adapters.nobody import opened
from titan_flow.adapters.compose.preflight import Pullable, Readable, Room
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Answer, Observation

REGISTRY = "registry.example.com"
# `compose config` says which images the file names (one a line: `image: NAME`); `refused` holds what the registry says.
DOCKER = r"""#!/bin/sh
at={at}
case "$*" in
*'--resolve-image-digests'*)
  text=$(cat)
  while read -r name why; do
    case $text in *"\"$name\""*) echo "failed to resolve digest for $name: $why" >&2; exit 1 ;; esac
  done <"$at/refused"
  printf '%s' "$text" | sed -E 's/"image": "([^"]*)"/"image": "\1@sha256:new"/g' ;;
*'config --hash'*) cat >/dev/null; grep -c image: "$at/asked" | sed 's/^.*$//' >/dev/null
  n=0; grep image: "$at/asked" | while read -r _ name; do n=$((n+1)); echo "s$n hash$n"; done ;;
*'config --format json')
  for word; do [ "$before" != -f ] || cat "$word" >"$at/asked"; before=$word; done
  echo '{{'; echo '  "name": "app",'; echo '  "services": {{'
  n=0; grep image: "$at/asked" | while read -r _ name; do n=$((n+1))
    printf '    "s%s": {{\n      "image": "%s"\n    }},\n' "$n" "$name"; done
  echo '  }}'; echo '}}' ;;
*'ps -aq'*) ;;
'image inspect'*) shift 4; n=0; for name; do grep -F "\"$name\"" "$at/local" || n=1; done; exit $n ;;
'manifest inspect '*) cat "$at/manifest-$(printf '%s' "$3" | tr '/:@' '---')" ;;
'info'*) echo / ;;
'version'*) echo linux/amd64 ;;
*) echo "not in the table: $*" >&2; exit 99 ;;
esac
"""


class Scene:
    """A checkout, and a docker whose world is files."""

    def __init__(self, at: Path) -> None:
        self.at, self.repo = at, Checkout.make(at)
        (at / "docker").write_text(DOCKER.format(at=at))
        (at / "docker").chmod(0o755)
        self.images("app:v1")
        (at / "refused").write_text("")
        (at / "local").write_text("")
        settings = Compose.model_validate({"file": "docker-compose.yml"})
        self.site = Site(LocalHost(), str(self.repo.here), {"compose": settings})

    def images(self, *names: str) -> None:
        """What the deployed compose file names."""
        (self.repo.here / "docker-compose.yml").write_text(self.file(*names))

    @staticmethod
    def file(*names: str) -> str:
        return "".join(f"image: {REGISTRY}/{name}\n" for name in names)

    def local(self, *names: str, digest: str = "sha256:new") -> None:
        found = ({"id": "sha256:1", "digests": [f"x@{digest}"], "tags": [f"{REGISTRY}/{name}"]} for name in names)
        (self.at / "local").write_text("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in found))

    def manifest(self, name: str, **body: object) -> None:
        plain = f"{REGISTRY}/{name}".replace("/", "-").replace(":", "-").replace("@", "-")
        (self.at / f"manifest-{plain}").write_text(json.dumps({"schemaVersion": 2, **body}))

    def refuse(self, name: str, why: str) -> None:
        with (self.at / "refused").open("a") as refused:
            refused.write(f"{REGISTRY}/{name} {why}\n")

    async def pullable(self, **asked: object) -> Observation:
        return await Pullable.model_validate(asked).look(self.site, None)

    async def room(self, **asked: object) -> Observation:
        return await Room.model_validate({"min": "1kB", "inodes": 0, **asked}).look(self.site, None)


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/local/bin:/usr/bin:/bin")
    return Scene(tmp_path)


def layers(*sizes: int) -> dict[str, object]:
    return {"layers": [{"digest": f"sha256:{size}", "size": size} for size in sizes]}


async def test_the_registry_has_all_of_them(scene: Scene) -> None:
    scene.images("app:v1", "side:v1")
    seen = await scene.pullable()
    assert (seen.answer, seen.says) == (Answer.YES, "the registry has 2 images for this host")


async def test_the_commits_own_compose_file_is_what_counts(scene: Scene) -> None:
    commit = scene.repo.commit("Second", **{"docker-compose.yml": scene.file("app:v2")})
    scene.refuse("app:v2", "Error response from daemon: manifest unknown: manifest unknown")
    assert (await scene.pullable()).yes
    seen = await scene.pullable(commit=commit)
    assert (seen.answer, seen.evidence["of_the_commit"]) == (Answer.NO, True)
    assert seen.says.startswith(f"{REGISTRY}/app:v2: ") and "has CI pushed it?" in seen.remedy
    assert scene.file("app:v1") == (scene.repo.here / "docker-compose.yml").read_text()


@pytest.mark.parametrize(
    ("why", "answer", "remedy"),
    [
        ("unauthorized: authentication required", Answer.NO, f"docker login {REGISTRY}"),
        ("no basic auth credentials", Answer.NO, f"docker login {REGISTRY}"),
        ("denied: requested access to the resource is denied", Answer.NO, "docker login"),
        ("manifest unknown: manifest unknown", Answer.NO, "has CI pushed it?"),
        ("received unexpected HTTP status: 503 Service Unavailable", Answer.UNKNOWN, "does the registry run"),
        ("dial tcp 192.0.2.1:443: i/o timeout", Answer.UNKNOWN, "does the registry run"),
    ],
)
async def test_what_the_registry_says(scene: Scene, why: str, answer: Answer, remedy: str) -> None:
    scene.images("app:v1", "side:v1")
    scene.refuse("side:v1", why)
    seen = await scene.pullable()
    assert (seen.answer, remedy in seen.remedy) == (answer, True), seen
    assert "side:v1" in seen.says and "app:v1" not in seen.says, "it is named"


async def test_room_for_what_is_not_here(scene: Scene) -> None:
    scene.images("app:v1", "side:v1", "base:v1")
    scene.local("side:v1")
    scene.manifest("app:v1", **layers(1_000_000, 5_000_000))
    scene.manifest("base:v1", **layers(1_000_000))
    seen = await scene.room()
    assert (seen.yes, seen.evidence["packed"]) == (True, 6_000_000), "a layer of two images counts once"
    assert seen.says.endswith("2 images to pull, 6.0 MB packed")
    assert seen.evidence["needed"] == 18_000_000, "packed and unpacked"


async def test_no_room(scene: Scene) -> None:
    scene.manifest("app:v1", **layers(10**15))
    seen = await scene.room()
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert "3000.0 TB needed (1 images to pull, 1000.0 TB packed)" in seen.says
    scene.local("app:v1")
    assert (await scene.room(min="900000TB")).says.endswith("900000.0 TB needed (every image is here)")


async def test_no_inodes(scene: Scene) -> None:
    scene.local("app:v1")
    seen = await scene.room(inodes=10**15)
    assert seen.yes if os.statvfs("/").f_files == 0 else "inodes free under /" in seen.says


async def test_an_image_that_is_outdated_is_pulled_too(scene: Scene) -> None:
    scene.local("app:v1", digest="sha256:old")
    scene.manifest("app:v1", **layers(7_000_000))
    assert (await scene.room()).evidence["packed"] == 7_000_000


async def test_of_a_list_the_hosts_own_platform_counts(scene: Scene) -> None:
    platforms = [("linux", "arm64"), ("linux", "amd64")]
    listed = [
        {"digest": f"sha256:{arch}", "size": 500, "platform": {"os": os_, "architecture": arch}}
        for os_, arch in platforms
    ]
    scene.manifest("app:v1", manifests=listed)
    scene.manifest("app@sha256:amd64", **layers(3_000_000))
    assert (await scene.room()).evidence["packed"] == 3_000_000


async def test_where_the_registry_says_no_size_the_declared_least_counts(scene: Scene) -> None:
    seen = await scene.room()
    assert seen.yes and seen.says.endswith("1 images to pull; of 1 the registry says no size")
    assert (await scene.room(min="900000TB")).answer is Answer.NO


@pytest.fixture
def nobody(scene: Scene) -> Site:
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    opened(scene.at)
    opened(scene.repo.here)
    block = Compose.model_validate({"file": "docker-compose.yml", "env_file": "compose/.env.prod"})
    return Site(somebody(), str(scene.repo.here), {"compose": block})


async def test_what_compose_reads(scene: Scene, nobody: Site) -> None:
    seen = await Readable().look(nobody, None)
    assert (seen.answer, seen.says) == (Answer.NO, "compose/.env.prod does not exist")
    (scene.repo.here / "compose").unlink()  # the checkout's own file of that name
    env = scene.repo.here / "compose/.env.prod"
    env.parent.mkdir()
    env.write_text("TOKEN=secret\n")
    assert (await Readable().look(nobody, None)).says == "nobody can read docker-compose.yml, compose/.env.prod"
    masked = nobody.block(Compose).model_copy(update={"masked": ["opt.env"]})
    nobody.blocks = {"compose": masked}  # `required: false`: what is not there holds no secret
    assert (await Readable().look(nobody, None)).says == "nobody can read docker-compose.yml, compose/.env.prod"
    env.chmod(0o600)
    seen = await Readable().look(nobody, None)
    assert (seen.answer, seen.says) == (Answer.NO, "compose/.env.prod cannot be read by nobody")
    assert "sudo: true" in seen.remedy and "secret" not in str(seen)
    env.parent.chmod(0o700)
    assert (await Readable().look(nobody, None)).answer is Answer.NO
