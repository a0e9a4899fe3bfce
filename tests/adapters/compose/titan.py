"""What the tests of compose share: the titan's project, and one of its containers as docker inspect has it."""

from __future__ import annotations

from titan_flow.adapters.compose.models import Container
from titan_flow.adapters.compose.settings import Compose
from titan_flow.states.values import Json

V1, V2, HASH = "sha256:" + "1" * 64, "sha256:" + "2" * 64, "a" * 64


TITAN = Compose.model_validate(
    {"file": "docker-compose.prod.yml", "env_file": "compose/.env.prod", "sudo": True, "profiles": ["live"]}
)


def container(**changed: Json) -> Container:
    """As `docker inspect` has one of the titan's."""
    inspected: dict[str, Json] = {
        "id": "c" * 64,
        "name": "/titan-nats",
        "image": V1,
        "service": "nats",
        "depends_on": "",
        "one_off": "False",
        "hash": HASH,
        "ours": None,
        "status": "running",
        "exit_code": 0,
        "oom_killed": False,
        "started": "2026-11-24T06:40:38.334900949Z",
        "finished": "0001-01-01T00:00:00Z",
        "restarts": 0,
        "health": None,
        "log": "json-file",
        "log_limit": None,
        **changed,
    }
    return Container.model_validate(inspected)
