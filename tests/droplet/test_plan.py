"""`plan` on the real thing: it changes nothing, and names exactly what `run` then does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.droplet.deploying import Operator
from tests.droplet.production import DIRECTORY, Production
from tests.workflow.plan.comparing import same
from titan_flow.states import events as e


@pytest.fixture
def operator(tmp_path: Path, production: Production) -> Operator:
    return Operator(tmp_path, production)


def everything(production: Production) -> str:
    """Containers, images, checkout, index, branches, and every file there but fetched objects."""
    return production.droplet.sh(
        f"""cd {DIRECTORY}
        docker ps -a --no-trunc --format '{{{{.ID}}}} {{{{.Names}}}} {{{{.Image}}}}' | sort
        docker inspect $(docker ps -aq | sort) --format '{{{{.Id}}}} {{{{.State.StartedAt}}}}'
        docker image ls -a --no-trunc --digests | sort
        git -c safe.directory='*' rev-parse HEAD
        git -c safe.directory='*' branch -a -v
        find . -type f -exec sha256sum {{}} + | grep -v -e ./.git/objects/ -e ./.git/refs/titan-flow | sort -k 2
        find . | grep -v -e ./.git/objects/ -e ./.git/refs/titan-flow | sort"""
    )


def containers(production: Production) -> dict[str, str]:
    return {name: found["Id"] for name, found in production.containers().items()}


def plan(operator: Operator, version: str) -> dict[str, Any]:
    commit = operator.production.releases[version].commit
    assert operator.titan("plan", str(operator.spec), "--set", f"commit={commit}", "--json") == 0, operator.said
    return json.loads(operator.said)


def test_what_plan_names_is_what_run_does(operator: Operator, production: Production) -> None:
    before, was = everything(production), containers(production)
    told = plan(operator, "v2")
    assert everything(production) == before
    assert [one["subject"] for one in told["commits"]] == ["app v2"] and told["files"]["configuration"]
    assert {name: one["fate"] for name, one in told["services"].items()} == {"app": "recreated", "side": "kept"}
    image = production.releases["v2"].images["app"]
    assert told["services"]["app"]["from"]["id"] == production.releases["v1"].images["app"].id
    assert told["services"]["app"]["to"]["digest"].endswith(image.digest)
    assert told["unknown"] == told["failing"] == told["drift"] == []

    assert operator.deploy("v3", "--plan", told["plan"]) == 3
    assert "changed since that plan: the commit" in operator.said
    assert containers(production) == was

    assert operator.deploy("v2", "--plan", told["plan"]) == 0, operator.said
    assert "will restart app · keeps side" in operator.said
    same(told, operator.newest())
    now = containers(production)
    assert {name for name in now if now[name] != was[name]} == {"app"}


@pytest.mark.soak
def test_drift_and_a_host_that_moved_are_named(operator: Operator, production: Production) -> None:
    assert operator.deploy("v2") == 0, operator.said
    told = plan(operator, "v3")
    assert told["drift"] == []
    production.droplet.sh(f"cd {DIRECTORY}; docker compose up -d --force-recreate side 2>&1")
    assert operator.deploy("v3", "--plan", told["plan"]) == 3
    assert "changed since that plan: the host" in operator.said
    old = production.releases["v1"]
    production.droplet.sh(
        f"cd {DIRECTORY}; sudo -n -u deploy git reset -q --hard {old.commit}; docker compose up -d 2>&1"
    )
    told = plan(operator, "v3")
    assert any("app runs" in line for line in told["drift"]) and any("HEAD is" in line for line in told["drift"])


@pytest.mark.soak
def test_adopted_by_hand_and_first_of_all(operator: Operator, production: Production) -> None:
    """v1 was brought up by hand: adopted, it is the rollback target of a bad release. Then: nothing runs at all."""
    assert operator.titan("adopt", str(operator.spec), "--reason", "found it so", "--yes") == 0, operator.said
    kept = production.droplet.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "titan-flow/keep/*/*")
    assert len(kept.split()) == 2
    marks = [r.event for r in operator.newest() if isinstance(r.event, e.ReleaseMarked)]
    assert {mark.release.commit for mark in marks} == {production.releases["v1"].commit}
    production.droplet.sh(
        f"cd {DIRECTORY}; docker compose down 2>&1; rm -rf .titan-flow ~deploy/.local/state/titan-flow/guards"
    )
    assert operator.deploy("v2") == 3, operator.said
    assert operator.deploy("v2", "--first") == 0, operator.said
    production.droplet.sh(
        f"cd {DIRECTORY}; docker compose down 2>&1; rm -rf .titan-flow ~deploy/.local/state/titan-flow/guards"
    )
    assert operator.deploy("v3", "--first") == 1, operator.said
    assert "no release to roll back to" in operator.said
