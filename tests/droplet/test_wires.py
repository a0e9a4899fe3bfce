"""What a test can break: the controller's connection, the registry, the origin."""

import subprocess
import time

import pytest

from tests.droplet.commands import PATH
from tests.droplet.images import service
from tests.droplet.machine import Droplet
from tests.droplet.production import DIRECTORY, Production

FETCH = f"git -C {DIRECTORY} fetch -q origin main"


def start(droplet: Droplet, command: str) -> subprocess.Popen[str]:
    """A command over ssh that goes on while the test does something to it."""
    return subprocess.Popen(
        ["ssh", "-F", droplet.ssh_config, "droplet", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": PATH},
    )


def test_a_cut_connection_ends_ssh_with_255(droplet: Droplet) -> None:
    before = droplet.link.live
    session = start(droplet, "echo up; sleep 60")
    assert session.stdout is not None and session.stdout.readline() == "up\n"
    assert droplet.link.live == before + 1
    assert droplet.link.cut() == before + 1
    assert session.wait(5) == 255
    assert droplet.ssh("echo again").stdout == "again\n"


@pytest.mark.soak
def test_refused_and_healed_on_the_same_port(droplet: Droplet) -> None:
    port = droplet.link.address[1]
    droplet.link.refuse()
    refused = droplet.ssh("true", check=False)
    assert refused.returncode == 255 and "Connection refused" in refused.stderr
    droplet.link.heal()
    assert droplet.link.address[1] == port and droplet.ssh("true").returncode == 0


@pytest.mark.soak
def test_a_black_hole_says_nothing_until_healed(droplet: Droplet) -> None:
    session = start(droplet, "echo up; sleep 1; echo later")
    droplet.link.blackhole()
    with pytest.raises(subprocess.TimeoutExpired):
        session.wait(1.5)
    droplet.link.heal()
    assert session.wait(10) == 0
    assert session.communicate()[0] == "up\nlater\n"


@pytest.mark.soak
def test_the_registry_fails_as_often_as_asked(production: Production) -> None:
    production.registry.push("app", "fresh", service("fresh"))
    production.front.fail_next = 1
    pull = ["docker", "pull", "-q", "registry.test:5000/app:fresh"]
    failed = production.droplet.exec(pull, check=False)
    assert failed.returncode != 0 and "503" in failed.stderr
    assert production.droplet.exec(pull).returncode == 0


@pytest.mark.soak
def test_a_pull_can_be_met_half_way_and_cut(production: Production) -> None:
    image = service("big", pad=4_000_000)
    production.registry.push("app", "big", image)
    production.front.bytes_per_second = 1_000_000
    pull = start(production.droplet, "docker pull -q registry.test:5000/app:big")
    deadline = time.monotonic() + 20
    while production.front.blob_bytes < 500_000:
        assert time.monotonic() < deadline and pull.poll() is None
        time.sleep(0.02)
    production.droplet.link.cut()
    assert pull.wait(5) == 255
    production.front.bytes_per_second = None
    production.droplet.docker("pull", "-q", "registry.test:5000/app:big")
    assert production.droplet.docker("image", "inspect", "-f", "{{.Id}}", "registry.test:5000/app:big") == image.id


@pytest.mark.soak
def test_a_manifest_that_is_gone_cannot_be_pulled(production: Production) -> None:
    image = service("doomed")
    digest = production.registry.push("app", "doomed", image)
    production.registry.delete("app", digest)
    gone = production.droplet.exec(["docker", "pull", f"registry.test:5000/app@{digest}"], check=False)
    assert gone.returncode != 0 and "not found" in gone.stderr


@pytest.mark.soak
def test_the_origin_can_be_taken_away_alone(production: Production) -> None:
    assert production.droplet.ssh(FETCH).returncode == 0
    production.origin_link.refuse()
    assert production.droplet.ssh(FETCH, check=False).returncode == 128
    production.origin_link.heal()
    assert production.droplet.ssh(FETCH).returncode == 0


@pytest.mark.soak
def test_the_origin_grows_and_moves(production: Production) -> None:
    v2 = production.releases["v2"].commit
    fix = production.origin.commit({"README": "fixed\n"}, "A fix", parent=v2)
    production.droplet.ssh(FETCH)
    assert production.droplet.ssh(f"git -C {DIRECTORY} rev-parse FETCH_HEAD").stdout.strip() == fix
    production.origin.move(v2)
    production.droplet.ssh(FETCH)
    assert production.droplet.ssh(f"git -C {DIRECTORY} rev-parse FETCH_HEAD").stdout.strip() == v2
