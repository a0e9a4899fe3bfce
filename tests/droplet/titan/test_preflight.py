"""The whole pre-flight of `specs/titan.yaml` on the real thing: green, red, not to be told; and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.github_api import GitHub, check_run, serve
from tests.droplet.titan import operating
from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import DIRECTORY, Titan

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
    stand_in = GitHub()
    server = serve(stand_in)
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()


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
def mended(titan: Titan) -> Iterator[None]:
    """What lies outside of what a reset puts back into order."""
    yield
    titan.droplet.sh("ufw --force disable >/dev/null; rm -rf /var/backups/titan")


def preflight(operator: TitanOperator, titan: Titan, code: int, *argv: str) -> dict[str, dict[str, Any]]:
    """By what is used; nothing is changed by it."""
    before = titan.droplet.sh(SNAPSHOT, DIRECTORY)
    asked = ("preflight", str(operator.spec), "--json", *argv)
    assert operator.titan(*asked, GITHUB_TOKEN="ghp_of_the_test") == code, operator.said
    assert titan.droplet.sh(SNAPSHOT, DIRECTORY) == before
    assert "ghp_of_the_test" not in operator.said
    return {one["use"]: one for one in json.loads(operator.said[operator.said.index("{") :])["checks"]}


def test_everything_is_looked_at_and_told_at_once(operator: TitanOperator, titan: Titan, github: GitHub) -> None:
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
    red = {use: one["says"] for use, one in seen.items() if one["answer"] == "no"}
    expected = {
        "file.protected": "644",
        "git.clean": "VERSION differs from HEAD",
        "firewall.allows_only": "8088",
        "backup.recent": "titan.dump",
        "ssh.keys_only": "password",
        "ports.published": "8088",
        "github.green": "format",
    }
    told = {use: expected[use] in says for use, says in red.items() if use in expected}
    assert told == dict.fromkeys(expected, True), {use: (seen[use]["answer"], seen[use]["says"]) for use in expected}
    assert all(seen[use]["remedy"] for use in expected), "each says what to do"
    assert operator.run(GITHUB_TOKEN="ghp_of_the_test") == 3, "and a run is refused by the same"
    assert titan.head() == titan.v1.commit and titan.witness.heard == []


def test_what_cannot_be_told_is_no_yes(operator: TitanOperator, titan: Titan, github: GitHub) -> None:
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
