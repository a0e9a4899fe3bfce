"""The whole pre-flight of `specs/titan.yaml` on the real thing: green, red, not to be told; and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.github.api import GitHub, check_run, github_api
from tests.droplet.titan import operating
from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import CHECKOUT, DIRECTORY, SECRETS, Titan

UFW = """
ufw --force reset >/dev/null
ufw default deny incoming >/dev/null
for port in 22 80 443; do ufw allow "$port" >/dev/null; done
ufw --force enable >/dev/null
"""
SNAPSHOT = """
cd "$1"
sudo -n -u deploy git rev-parse HEAD
sudo -n -u deploy env GIT_OPTIONAL_LOCKS=0 git status --porcelain
sudo -n -u deploy git for-each-ref --format='%(refname) %(objectname)' | grep -v ' *refs/titan-flow/' || true
sha256sum .git/index
docker ps -a --no-trunc --format '{{.ID}} {{.Image}} {{.Names}} {{.State}}' | sort
docker image ls -a --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort
"""


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_api() as stand_in:
        yield stand_in


@pytest.fixture
def operator(tmp_path: Path, titan: Titan, github: GitHub) -> TitanOperator:
    """The spec with every check that the others leave out; GitHub's API is the stand-in."""
    operator = TitanOperator(tmp_path, titan)
    left_out = [line.format() for line, instead in operating.EDITS.items() if instead == ""]
    assert len(left_out) == 3
    block = "".join(left_out).replace("peycheff/titan", "o/r").replace("token:", f'url: "{github.url}", token:')
    operator.change("    - nats.reachable: {}\n", f"    - nats.reachable: {{}}\n{block}")
    titan.droplet.sh(UFW)
    titan.droplet.sh(
        "rm -rf /var/backups/titan && install -d -m 700 /var/backups/titan && echo rows >/var/backups/titan/titan.dump"
    )
    return operator


@pytest.fixture(autouse=True)
def restored(titan: Titan) -> Iterator[None]:
    """What lies outside of what a reset puts back into order."""
    yield
    titan.droplet.sh("ufw --force disable >/dev/null; rm -rf /var/backups/titan")


def preflight(
    operator: TitanOperator, titan: Titan, code: int, *argv: str, password: str = SECRETS["NATS_OPERATOR_PASSWORD"]
) -> dict[str, dict[str, Any]]:
    """By what is used; nothing is changed by it."""
    before = titan.droplet.sh(SNAPSHOT, DIRECTORY)
    asked = ("preflight", str(operator.spec), "--json", *argv)
    said = operator.titan(*asked, GITHUB_TOKEN="ghp_of_the_test", TITAN_NATS_PASSWORD=password)
    assert said == code, operator.said
    assert titan.droplet.sh(SNAPSHOT, DIRECTORY) == before
    assert "ghp_of_the_test" not in operator.said
    return {one["use"]: one for one in json.loads(operator.said[operator.said.index("{") :])["checks"]}


def test_every_check_runs_and_is_reported_at_once(operator: TitanOperator, titan: Titan, github: GitHub) -> None:
    green = [check_run(name, titan.v1.commit) for name in ("build", "lint", "format")]
    github.checks(titan.v1.commit, *green)
    seen = preflight(operator, titan, 0)
    assert {one["answer"] for one in seen.values()} == {"yes"} and len(seen) >= 19

    # all of it wrong at once
    titan.droplet.sh(
        """
        cd "$1"
        chmod 644 compose/.env.prod
        echo changed >>VERSION
        ufw allow 8088 >/dev/null
        touch -d '3 days ago' /var/backups/titan/titan.dump
        sed -i 's/^PasswordAuthentication .*/PasswordAuthentication yes/' /etc/ssh/sshd_config
        kill -HUP "$(cat /run/sshd.pid)"
        docker run -d --name stray -p 8088:80 --entrypoint sleep registry.test:5000/titan/redis:latest 60 >/dev/null
        """,
        DIRECTORY,
    )
    github.checks(titan.v1.commit, *green[:2], check_run("format", titan.v1.commit, "failure"))
    try:
        seen = preflight(operator, titan, 3)
    finally:
        titan.droplet.sh(
            "sed -i '/^PasswordAuthentication/s/yes/no/' /etc/ssh/sshd_config; kill -HUP $(cat /run/sshd.pid)"
        )
        titan.droplet.docker("rm", "-f", "stray")
    red(
        seen,
        {
            "file.protected": "644",
            "git.clean": "VERSION differs from HEAD",
            "firewall.allows_only": "8088",
            "backup.recent": "titan.dump",
            "ssh.keys_only": "password",
            "ports.published": "8088",
            "github.green": "format",
        },
    )
    assert operator.run(GITHUB_TOKEN="ghp_of_the_test") == 3, "and a run is refused by the same"
    assert titan.head() == titan.v1.commit and titan.witness.heard == []


@pytest.mark.soak
def test_unknown_is_never_yes(operator: TitanOperator, titan: Titan, github: GitHub) -> None:
    """Rate limit, origin and registry away, NATS stopped: unknown, each, and refused."""
    limited = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795540000"}
    github.refuse = (403, limited, {"message": "API rate limit exceeded"})
    titan.origin_link.refuse()
    titan.front.fail_next = 10_000
    titan.droplet.docker("stop", "-t", "1", "titan-nats")
    seen = preflight(operator, titan, 3, "--set", f"commit={titan.v1.commit}")
    unknown = {use for use, one in seen.items() if one["answer"] == "unknown"}
    assert {"github.green", "git.on_branch", "compose.pullable", "nats.reachable"} <= unknown, seen
    assert not {use for use, one in seen.items() if one["answer"] == "yes"} & unknown


LATE = """
cp /usr/bin/date /tmp/date
printf '#!/bin/sh\\nexec /tmp/date -d "+60 seconds" "$@"\\n' >/tmp/late
chmod 755 /tmp/late
mount --bind /tmp/late /usr/bin/date
"""
LEFT = """
docker create --name 0123456789ab_titan-redis --label com.docker.compose.project=titan \\
  --label com.docker.compose.service=redis --label com.docker.compose.oneoff=False \\
  --label com.docker.compose.config-hash=0 registry.test:5000/titan/redis:latest >/dev/null
"""


@pytest.mark.soak
def test_the_rest_of_it_can_be_wrong_too(operator: TitanOperator, titan: Titan, github: GitHub) -> None:
    """What the spec asks for and the host has not; a commit whose image is nowhere; a container left; a clock."""
    compose = CHECKOUT["docker-compose.prod.yml"].decode()
    gone = compose.replace("titan/redis:latest", "titan/gone:latest")
    commit = titan.origin.commit({**CHECKOUT, "docker-compose.prod.yml": gone}, "An image that nobody has pushed")
    for right, wrong in {
        "{user: deploy}": "{user: olga}",
        "git, flock, python3": "git, flock, python3, no-such-tool",
        'engine: "20.10"': 'engine: "99.0"',
        'health_fits: {within: "${verify.within}"}   # nobody': "health_fits: {within: 8s}   # nobody",
        "min: 200MB": "min: 900TB",
        "services: [traefik, ": "services: [titan-ghost, traefik, ",
    }.items():
        operator.change(right, wrong)
    titan.droplet.sh(LATE)
    titan.droplet.sh(LEFT)
    try:
        seen = preflight(operator, titan, 3, "--set", f"commit={commit}", password="not-this-one")
    finally:
        titan.droplet.sh("umount /usr/bin/date")
        titan.droplet.docker("rm", "0123456789ab_titan-redis")
    red(
        seen,
        {
            "host.reachable": "olga",
            "host.clock": "ahead",
            "host.tools": "no-such-tool",
            "docker.version": "99.0",
            "compose.configured": "titan-ghost",
            "compose.leftovers": "0123456789ab_titan-redis",
            "compose.health_fits": "8s",
            "compose.pullable": "titan/gone",
            "compose.room": "900",
            "nats.reachable": "password",
        },
    )

    strange = titan.origin.commit({**CHECKOUT, "VERSION": "branched"}, "Not on main", branch="feature")
    titan.droplet.sh("rm /opt/titan/compose/.env.prod")
    seen = preflight(operator, titan, 3, "--set", f"commit={strange}")
    red(seen, {"compose.readable": ".env.prod", "file.protected": ".env.prod", "git.on_branch": "main"})


@pytest.mark.soak
def test_an_unreachable_host_answers_unknown(operator: TitanOperator, titan: Titan, github: GitHub) -> None:
    """Each check says that it cannot tell, and why; none of them takes silence for a yes or a no."""
    github.refuse = (500, {}, {"message": "server error"})
    titan.droplet.link.refuse()
    asked = ("preflight", str(operator.spec), "--json", "--set", f"commit={titan.v1.commit}")
    assert operator.titan(*asked, GITHUB_TOKEN="ghp_of_the_test") == 3, operator.said
    seen = json.loads(operator.said[operator.said.index("{") :])["checks"]
    assert len(seen) >= 19 and {one["answer"] for one in seen} == {"unknown"}, operator.said
    assert all(one["says"] for one in seen)


def red(seen: dict[str, dict[str, Any]], expected: dict[str, str]) -> None:
    """Each of them says no, says that, and says what to do."""
    told = {use: (seen[use]["answer"], words in seen[use]["says"]) for use, words in expected.items()}
    assert told == dict.fromkeys(expected, ("no", True)), [seen[use]["says"] for use in expected]
    assert all(seen[use]["remedy"] for use in expected)
