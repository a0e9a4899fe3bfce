"""release, over a real checkout and services that are plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.adapters.checkout import Checkout
from tests.adapters.fake_services import site_with
from tests.started import started
from titan_flow.adapters.effects import Job, run
from titan_flow.adapters.git.argv import keep_commit
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.release import Record, Runs
from titan_flow.adapters.services.protocol import Instance, Log
from titan_flow.adapters.site import Site
from titan_flow.states.chain import line, sealed
from titan_flow.states.events import ReleaseMarked
from titan_flow.states.hashing import GENESIS
from titan_flow.states.release import Image, Release, Standing
from titan_flow.states.values import Answer, Json, Observation

STARTED = started("f", environment="e", target="t")
V1, NOW = "sha256:" + "1" * 64, datetime(2026, 11, 24, tzinfo=UTC)
APP = Instance("app", "c1", V1, None, True, "healthy", 0, "t0", age=100.0)


@dataclass
class Plain:
    """Services as data."""

    there: Sequence[Instance] = (APP,)
    kept: bool = True
    asked: list[Release] = field(default_factory=list[Release])
    old: Sequence[str] = ()
    wanted: Sequence[str] = ()

    async def expected(self, site: Site) -> Mapping[str, int | None]:
        return {"app": 1}

    async def instances(self, site: Site) -> Sequence[Instance]:
        return self.there

    async def log(self, site: Site, service: str, since: Json) -> Log:
        raise LookupError(service)

    async def release(self, site: Site, commit: str) -> Release:
        return Release(commit=commit, images={"app": Image(id=V1)})

    def keep(self, release: Release) -> Job | None:
        self.asked.append(release)
        return None if self.kept else Job((run("tag", release.images["app"].id),))

    async def superfluous(self, site: Site, releases: Sequence[Release]) -> tuple[str, ...]:
        self.wanted = [release.commit for release in releases]
        return tuple(self.old)

    def forget(self, names: Sequence[str]) -> Job:
        return Job((run("forget", *names),))


@pytest.fixture
def plain() -> Plain:
    return Plain()


async def test_what_runs_is_recorded(tmp_path: Path, plain: Plain) -> None:
    repo = Checkout.make(tmp_path, plain)
    unkept = await Record().look(repo.site, None)
    assert "not kept by a ref" in unkept.says
    await repo.site.run(keep_commit(repo.head))
    seen = await Record().look(repo.site, None)
    assert seen.yes and set(seen.outputs) == set(Record.outputs)
    assert seen.outputs["green"] is True
    assert Release.model_validate(seen.outputs["release"]).commit == repo.head


async def test_an_unhealthy_release_is_recorded_as_such(tmp_path: Path, plain: Plain) -> None:
    plain.there = (replace(APP, health="unhealthy"),)
    repo = Checkout.make(tmp_path, plain)
    await repo.site.run(keep_commit(repo.head))
    seen = await Record().look(repo.site, None)
    assert (seen.yes, seen.outputs["green"]) == (True, False)
    assert "app is unhealthy" in seen.says


async def test_what_can_be_pruned_is_kept_first_and_the_mark_is_enough_to_do_it(tmp_path: Path, plain: Plain) -> None:
    repo = Checkout.make(tmp_path, plain)
    plain.kept, site = False, repo.site
    seen = await Record().look(site, None)
    assert seen.answer is Answer.NO
    assert Record().act(site, Observation(Answer.NO, mark=seen.mark)) == Job((keep_commit(repo.head), run("tag", V1)))
    assert Record().act(site, Observation(Answer.NO)) == Job(())


async def test_images_of_older_releases_are_let_go_once(tmp_path: Path, plain: Plain) -> None:
    """Three verified releases beside what runs; a bad one is not kept. What could not be let go is not insisted on."""
    repo = Checkout.make(tmp_path, plain)
    runs = local_folder(Path(repo.site.directory)) / "runs"
    runs.mkdir(parents=True)
    (runs.parent / "directory").write_text(repo.site.directory)
    head, lines = GENESIS, list[str]()
    for seq, event in enumerate((STARTED, *(_mark(n, "bad" if n == 3 else "verified") for n in range(6))), 1):
        lines.append(line(record := sealed("X", seq, NOW, event, head)))
        head = record.hash
    (runs / "X.jsonl").write_text("".join(f"{text}\n" for text in lines))
    plain.old = ["keep/app:old"]
    await repo.site.run(keep_commit(repo.head))
    seen = await Record().look(repo.site, None)
    assert plain.wanted == [repo.head, *(f"{n}" * 40 for n in (5, 4, 2))]
    assert seen.answer is Answer.NO and "1 images of older releases" in seen.says
    assert Record().act(repo.site, seen) == Job((keep_commit(repo.head), run("forget", "keep/app:old")))
    assert (await Record().look(repo.site, seen.mark)).yes


def _mark(n: int, standing: Standing) -> ReleaseMarked:
    return ReleaseMarked(release=Release(commit=f"{n}" * 40, images={}), standing=standing, epoch=n)


async def test_without_running_services_there_is_no_rollback_target(tmp_path: Path, plain: Plain) -> None:
    plain.there = (replace(APP, running=False),)
    seen = await Record().look(Checkout.make(tmp_path, plain).site, None)
    assert (seen.answer, seen.final) == (Answer.NO, True)
    assert "nothing runs" in seen.says


async def test_without_a_commit_it_cannot_be_said(tmp_path: Path, plain: Plain) -> None:
    assert (await Record().look(site_with(tmp_path, plain), None)).answer is Answer.UNKNOWN


async def test_a_release_runs_by_its_image_ids(tmp_path: Path, plain: Plain) -> None:
    site = site_with(tmp_path, plain)
    assert (await Runs(images={"app": Image(id=V1)}).look(site, None)).yes
    assert (await Runs(images={"app": Image(id="sha256:x")}).look(site, None)).answer is Answer.NO
