"""A host whose docker prints a rendered file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.site import Site
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.values import Json

RENDERED: Json = {
    "name": "dep",
    "networks": {"default": {"name": "dep_default", "ipam": {}}},
    "services": {
        "mig": {
            "command": None,
            "environment": {"SECRET": 'hunter2 "x"\n  "image": ', "image": "hunter2", "condition": "hunter2"},
            "image": "registry.test:5000/app:v1",
            "labels": {"traefik.http.middlewares.auth.basicauth.users": "hunter2"},
        },
        "we.b-1": {
            "build": {"context": "/srv", "args": {"TOKEN": "hunter2"}},
            "depends_on": {
                "db": {"condition": "service_healthy", "required": True},
                "mig": {"condition": "service_completed_successfully", "required": True},
            },
            "pull_policy": "build",
        },
        "db": {"image": "postgres:16", "environment": {"POSTGRES_PASSWORD": "hunter2"}},
    },
    "volumes": {"mig": {"name": "image"}},
}


DOCKER = """#!/bin/sh
case "$*" in
*'--format json') cat rendered.json ;;
*'--hash *') printf 'mig %064d\\nwe.b-1 %064d\\ndb %064d\\n' 1 2 3 ;;
*'ps -aq'*) ;;
*) echo "docker $*: hunter2" >&2; exit 9 ;;
esac
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A host whose docker prints that file, as compose 2.26 and 2.40 both do: one key a line, two spaces a level."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker").write_text(DOCKER)
    (tmp_path / "bin/docker").chmod(0o755)
    (tmp_path / "rendered.json").write_text(json.dumps(RENDERED, indent=2))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return Site(LocalHost(), str(tmp_path), {"compose": Compose.model_validate({"file": "x.yml"})})
