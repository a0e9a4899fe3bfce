"""Every trap of a rollback: what the runbook does by hand, then what titan-flow does. Read off `docker inspect`.

docs/rollback.md is the table of these.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.droplet.production import DIRECTORY, Production
from tests.droplet.trapped import ENV_FILES, REPOSITORY, UP, Trapped
from titan_flow.adapters.compose.settings import Compose
from titan_flow.states.events import FailureDecided


@pytest.fixture(scope="module")
def scene(standing_production: Production, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trapped]:
    """Built once: r1 and r2 verified, r2 brought by titan-flow."""
    standing_production.reset()
    yield Trapped(tmp_path_factory.mktemp("laptop"), standing_production)
    standing_production.reset()


@pytest.fixture
def trapped(scene: Trapped) -> Trapped:
    scene.stand()
    return scene


def is_at(trapped: Trapped, image: str, commit: str) -> None:
    """That image runs, that commit is checked out, and users are answered by it."""
    assert trapped.runs() == trapped.images[image].id, trapped.said
    assert trapped.production.head() == trapped.commits[commit]
    assert trapped.production.get(within=5)[1].strip() == f"app {image}"


def test_latest_has_moved_and_an_up_typed_afterwards_stays_right(trapped: Trapped) -> None:
    """Also: one commit fetched twice, so that `HEAD@{1}` is that very commit."""
    trapped.by_hand(f"git reset -q --hard {trapped.commits['r2']}")
    trapped.by_hand(f"git checkout -q 'HEAD@{{1}}' && {UP}")
    is_at(trapped, "b", "r2")
    trapped.by_hand(f"git checkout -q {trapped.commits['r1']} && {UP}")
    is_at(trapped, "b", "r1")  # the right files, and still the other image: `:latest` has moved
    trapped.by_hand(f"git checkout -q main && git reset -q --hard {trapped.commits['r2']}")

    assert trapped.rollback() == 0, trapped.said
    is_at(trapped, "a", "r1")
    for typed in ("", "-f docker-compose.yml", "-f docker-compose.yml -f .titan-flow/images.json"):
        trapped.by_hand(f"docker compose {typed} {ENV_FILES} up -d")
        assert trapped.runs() == trapped.images["a"].id, f"up -d {typed}"
    trapped.by_hand(f"docker compose {ENV_FILES} pull -q && {UP}")
    assert trapped.runs() == trapped.images["b"].id, "the limit: a pull takes what the tag points at now"


@pytest.mark.soak
def test_a_rollback_of_a_rollback_goes_further_back_or_says_what_there_is(trapped: Trapped) -> None:
    """By hand the second `HEAD@{1}` is the commit that was just left."""
    trapped.by_hand("git checkout -q HEAD~1 && git checkout -q 'HEAD@{1}'")
    assert trapped.production.head() == trapped.commits["r2"]

    assert trapped.rollback() == 0, trapped.said
    assert trapped.rollback() == 3
    assert f"no verified release is older than {trapped.commits['r1'][:7]}" in trapped.said
    assert f"{trapped.r2_run} ({trapped.commits['r2'][:7]})" in trapped.said
    is_at(trapped, "a", "r1")

    for unknown in ("NOSUCH", "d" * 12):
        assert trapped.rollback("--to", unknown) == 3
        assert f"--to {unknown}: its release was never verified here" in trapped.said
        assert trapped.r2_run in trapped.said
    assert trapped.rollback("--to", trapped.r2_run) == 0, trapped.said
    is_at(trapped, "b", "r2")
    assert trapped.rollback("--to", trapped.commits["r1"][:9]) == 0, trapped.said
    is_at(trapped, "a", "r1")


@pytest.mark.soak
def test_an_image_tag_exported_in_the_shell_of_laptop_and_host(trapped: Trapped) -> None:
    trapped.exported("IMAGE_TAG=bad")
    trapped.by_hand(f"docker compose {ENV_FILES} pull -q && {UP}")
    assert trapped.runs() == trapped.images["bad"].id, "the shell beats --env-file"

    assert trapped.rollback("--to", trapped.commits["r1"], IMAGE_TAG="worse") == 0, trapped.said
    is_at(trapped, "a", "r1")


def test_a_pruned_image_is_fetched_again_by_its_digest(trapped: Trapped) -> None:
    trapped.lose(trapped.images["a"].id)
    trapped.by_hand(f"git checkout -q {trapped.commits['r1']} && {UP}")
    assert trapped.runs() == trapped.images["b"].id, "what is gone cannot be brought back by its tag"
    trapped.by_hand("git checkout -q main")

    assert trapped.rollback() == 0, trapped.said
    is_at(trapped, "a", "r1")
    assert trapped.production.front.pulled(trapped.images["a"].digest)


@pytest.mark.soak
def test_an_image_that_the_registry_has_lost_too_halts_and_is_named(trapped: Trapped) -> None:
    gone, before = trapped.images["a"], trapped.container()
    trapped.lose(gone.id)
    trapped.production.registry.delete("trap", gone.digest)
    assert trapped.rollback() == 1
    assert f"the image of app that ran is neither on this host nor can it be pulled: {gone.id}" in trapped.said
    assert f"{REPOSITORY}@{gone.digest}" in trapped.said
    assert trapped.container() == before and trapped.production.get()[0] == 200, "what ran runs on, untouched"


def test_a_bad_release_is_rolled_back_marked_and_refused_next_time(trapped: Trapped) -> None:
    assert trapped.deploy("r3") == 4, trapped.said
    is_at(trapped, "b", "r2")
    bad = trapped.newest()[0].run
    assert trapped.commits["r3"] in trapped.status()["bad"]  # type: ignore[operator]

    assert trapped.deploy("r3") == 3
    assert "was marked bad (verify: app: " in trapped.said and "--allow-bad" in trapped.said
    assert trapped.rollback("--to", bad) == 3
    assert f"its release {trapped.commits['r3'][:7]} was marked bad" in trapped.said
    is_at(trapped, "b", "r2")

    # A hot-fix while the bad one runs (somebody brought it back by hand): back leads to the last *verified* release.
    trapped.checkout("r3")
    trapped.by_hand(f"docker compose {ENV_FILES} pull -q && {UP}")
    assert trapped.runs() == trapped.images["bad"].id
    assert trapped.deploy("r4") == 4, trapped.said
    is_at(trapped, "b", "r2")

    assert trapped.titan("history", str(trapped.spec), "--releases") == 0
    rows = {line.split()[0]: line for line in trapped.said.splitlines()}
    assert "verified (current)" in rows[trapped.commits["r2"][:7]]
    assert "(bad)" in rows[trapped.commits["r3"][:7]] and "(bad)" in rows[trapped.commits["r4"][:7]]
    assert "verified" in rows[trapped.commits["r1"][:7]]


@pytest.mark.soak
def test_a_pull_that_fails_leaves_the_old_release_verified(trapped: Trapped) -> None:
    """By hand, the lines after the one that failed go on: new files, old images."""
    before = trapped.container()
    assert trapped.deploy("r5") == 4, trapped.said
    assert failed(trapped) == "pull"
    is_at(trapped, "b", "r2")
    assert trapped.container() == before, "not even restarted"


@pytest.mark.soak
def test_a_fetch_that_fails_leaves_the_old_release_verified(trapped: Trapped) -> None:
    before = trapped.container()
    asks = '      - git.on_branch: {remote: origin, branch: main, commit: "${params.commit}"}\n'
    trapped.write_spec((asks, ""))
    trapped.production.origin_link.refuse()
    assert trapped.deploy("r5") == 4, trapped.said
    assert failed(trapped) == "fetch"
    is_at(trapped, "b", "r2")
    assert trapped.container() == before


def failed(trapped: Trapped) -> str:
    """The transition whose failure decided it."""
    return next(r.event.edge for r in trapped.newest() if isinstance(r.event, FailureDecided))


def test_a_changed_env_file_is_named_and_one_that_lacks_something_halts(trapped: Trapped) -> None:
    trapped.host_env("MODE=paper\nNEW=1\n")
    assert trapped.rollback() == 0, trapped.said
    is_at(trapped, "a", "r1")
    told = " ".join(getattr(record.event, "says", "") for record in trapped.newest())
    assert "release.env, host.env is not the one that this release ran with" in told

    trapped.stand()
    before = trapped.container()
    trapped.host_env("NEW=1\n")
    trapped.by_hand(f"git checkout -q {trapped.commits['r1']} && docker compose {ENV_FILES} config -q")
    trapped.by_hand("git checkout -q main")  # by hand, compose warns and goes on with an empty MODE
    assert trapped.rollback() == 1
    assert "release.env, host.env no longer sets MODE, which this release needs: put it back there" in trapped.said
    assert trapped.container() == before


def test_images_built_on_the_host(trapped: Trapped) -> None:
    """They have no digest: kept by a tag of ours, or halted."""
    trapped.write_spec(
        ("do: [{compose.up: {images: \"${pull.images}\"}}]",
         "do: [{compose.build: {}}, {compose.up: {images: \"${pull.images}\"}}]"),
    )  # fmt: skip
    trapped.checkout("b1")
    trapped.by_hand(f"docker pull -q {REPOSITORY}:a && docker compose {ENV_FILES} build -q && {UP} --wait")
    first = trapped.runs()
    assert trapped.deploy("b2") == 0, trapped.said
    second = trapped.runs()
    assert trapped.production.get(within=5)[1].strip() == "app b2" and second != first
    assert any(tag.endswith(f":commit-{trapped.commits['b2'][:12]}") for tag in trapped.tags())
    trapped.by_hand(f"git checkout -q {trapped.commits['b1']} && {UP}")
    assert trapped.runs() == second, "by hand nothing is built again: the tag is the new image's"
    trapped.by_hand("git checkout -q main && docker image prune -f")

    assert trapped.rollback() == 0, trapped.said
    assert trapped.runs() == first and trapped.production.head() == trapped.commits["b1"]

    trapped.lose(second)
    assert trapped.rollback("--to", trapped.commits["b2"]) == 1
    assert f"the image of app that ran ({second}) is gone from this host; it was built there" in trapped.said
    assert trapped.runs() == first


@pytest.mark.soak
def test_our_tags_keep_images_from_a_prune_and_older_ones_are_let_go(trapped: Trapped) -> None:
    docker = trapped.production.droplet.docker
    ours = f"{Compose(file=['x']).keeps(DIRECTORY)}/app"
    docker("tag", trapped.images["b"].id, f"{ours}:0123456789ab")  # of a release that nobody needs
    assert trapped.deploy("r3", "--allow-bad", "--until", "Recorded") == 0, trapped.said
    kept = {tag for tag in trapped.tags() if tag.startswith("titan-flow/keep/")}
    assert f"{ours}:0123456789ab" not in kept
    for name in ("a", "b"):
        assert f"{ours}:{trapped.images[name].id[7:19]}" in kept
    docker("rmi", *(tag for tag in trapped.tags() if tag.startswith(f"{REPOSITORY}:")))
    docker("image", "prune", "-f")
    assert {trapped.images["a"].id, trapped.images["b"].id} <= set(docker("images", "-q", "--no-trunc").split())
