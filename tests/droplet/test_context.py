"""Two engines on one host: the spec's `compose: {context: second}` chooses, and the other one is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.droplet.deploying import Operator
from tests.droplet.production import DIRECTORY, Production

SOCKET = "unix:///run/second.sock"
START = f"""
setsid dockerd --host {SOCKET} --group docker --data-root /srv/second --exec-root /run/second \\
    --pidfile /run/second.pid </dev/null >/var/log/second.log 2>&1 &
for try in $(seq 600); do docker --host {SOCKET} version >/dev/null 2>&1 && break; sleep 0.1; done
docker --host {SOCKET} version >/dev/null
sudo -n -u deploy -H docker context create second --docker host={SOCKET} >/dev/null
cd {DIRECTORY} && sudo -n -u deploy -H docker compose down >/dev/null 2>&1
docker run -d --name bystander --restart no "$(docker image ls -q registry.test:5000/side:v1)" >/dev/null
"""
STOP = f"""
sudo -n -u deploy -H docker context rm second >/dev/null || true
docker --host {SOCKET} ps -aq | xargs -r docker --host {SOCKET} rm -f >/dev/null
kill "$(cat /run/second.pid)"
while [ -e /run/second.pid ]; do sleep 0.1; done
grep -o ' /srv/second[^ ]*' /proc/mounts | sort -r | xargs -r umount
rm -rf /srv/second
"""


@pytest.fixture
def operator(tmp_path: Path, production: Production) -> Iterator[Operator]:
    """Nothing of the project is on the default engine; the second one is empty."""
    production.droplet.sh(START, timeout=120)
    operator = Operator(tmp_path, production)
    text = operator.spec.read_text()
    operator.spec.write_text(text.replace("file: docker-compose.yml", "file: docker-compose.yml, context: second"))
    yield operator
    production.droplet.sh(STOP, timeout=120)


def on(production: Production, *engine: str) -> tuple[list[str], list[str], list[str]]:
    """Containers with their state, images and networks of an engine."""
    docker = production.droplet.docker
    listed = (
        ("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.Image}} {{.State}}"),
        ("image", "ls", "-a", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}"),
        ("network", "ls", "--no-trunc", "--format", "{{.ID}} {{.Name}}"),
    )
    containers, images, networks = (sorted(docker(*engine, *words).splitlines()) for words in listed)
    return containers, images, networks


def test_everything_goes_to_the_engine_of_the_context(operator: Operator, production: Production) -> None:
    default = on(production)
    assert operator.deploy("v1", "--initial") == 0, operator.said
    assert production.get() == (200, "app v1\n")
    assert operator.deploy("v2") == 0, operator.said
    assert production.get() == (200, "app v2\n")
    assert operator.deploy("v2") == 0 and "nothing to do" in operator.said
    assert operator.deploy("v3") == 4, operator.said
    assert production.get(within=10) == (200, "app v2\n")
    assert operator.titan("rollback", str(operator.spec), "--yes") == 0, operator.said
    assert production.get(within=10) == (200, "app v1\n")
    containers, images, _ = on(production, "--host", SOCKET)
    assert sorted(line.split()[1] for line in containers) == ["app-app-1", "app-side-1"]
    assert any("registry.test:5000/app:v1" in image for image in images)
    assert on(production) == default
