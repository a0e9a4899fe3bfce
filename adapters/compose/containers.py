"""What the containers of a compose project look like, for people who ask what went wrong: everything that `docker
inspect` says but the values of their environment, and their last lines. Reading only.

Those values come into memory once, so that what is secret among them is masked wherever it shows; no other module
asks for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from titan_flow.adapters.compose.models import Container
from titan_flow.adapters.compose.settings import Compose
from titan_flow.adapters.compose.state import ask
from titan_flow.adapters.effects import Command
from titan_flow.adapters.redaction import SECRET_NAME, password_of
from titan_flow.adapters.site import Site
from titan_flow.states.values import Json

# Go's own field names; of the environment the names alone.
_FIELDS = {
    "Id": "json .ID",
    "Name": "json .Name",
    "Created": "json .Created",
    "Path": "json .Path",
    "Args": "json .Args",
    "State": "json .State",
    "Image": "json .Image",
    "RestartCount": "json .RestartCount",
    "Mounts": "json .Mounts",
    "HostConfig": "json .HostConfig",
    "NetworkSettings": "json .NetworkSettings",
    "Labels": "json .Config.Labels",
    "Healthcheck": "json .Config.Healthcheck",
    "User": "json .Config.User",
}
_NAMES = '[{{range $i, $e := .Config.Env}}{{if $i}},{{end}}{{json (index (split $e "=") 0)}}{{end}}]'
_INSPECT = "{" + ",".join(f'"{name}":{{{{{get}}}}}' for name, get in _FIELDS.items()) + f',"Env":{_NAMES}}}'
_LAST = 'exec docker logs --timestamps --tail "$1" "$2" 2>&1'

Env = Mapping[str, str]


def inspect(settings: Compose, container: str) -> Command:
    return settings.does("docker", "container", "inspect", "--format", _INSPECT, container)


def environment(settings: Compose, container: str) -> Command:
    return settings.does("docker", "container", "inspect", "--format", "{{json .Config.Env}}", container)


def last_lines(settings: Compose, container: str, count: int) -> Command:
    return settings.does("sh", "-c", _LAST, "sh", str(count), container)


async def environments(site: Site, settings: Compose, containers: Sequence[Container]) -> list[Env]:
    """Each container's environment; what is secret in it is masked from now on. Raises Unreachable."""
    if not containers:
        return []
    answers = await ask(site, *(environment(settings, one.id) for one in containers))
    found: list[Env] = [read_env(answer.out) if answer.ok else {} for answer in answers]
    for env in found:
        site.redactor.add_variables(secrets(env))
    return found


def read_env(out: str) -> dict[str, str]:
    """From `environment`; empty where it is something else, or the container is gone."""
    try:
        pairs: Json = json.loads(out)
    except ValueError:
        return {}
    words = [pair for pair in pairs if isinstance(pair, str)] if isinstance(pairs, list) else []
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def secrets(env: Env) -> Iterable[tuple[str, str]]:
    """Those whose names say that they are secret, and every URL with a password."""
    return ((name, value) for name, value in env.items() if SECRET_NAME.search(name) or password_of(value))


def bare(inspected: str) -> dict[str, Json]:
    """What `inspect` answered, without options of log drivers: they may hold tokens. Raises ValueError."""
    found: Json = json.loads(inspected)
    if not isinstance(found, dict):
        raise ValueError("docker inspect answered something else")
    host = found.get("HostConfig")
    log = host.get("LogConfig") if isinstance(host, dict) else None
    if isinstance(log, dict) and isinstance(options := log.get("Config"), dict):
        log["Config"] = [*sorted(options)]
    return found
