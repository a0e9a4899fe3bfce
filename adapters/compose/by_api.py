"""A compose project's containers, images and logs as the engine's API has them. No environment of a service is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from titan_flow.adapters.compose.models import UNREADABLE, Container, LocalImage, Project, project_of
from titan_flow.adapters.compose.settings import LABEL
from titan_flow.adapters.docker.api import Reply
from titan_flow.adapters.docker.reads import EngineReads
from titan_flow.adapters.errors import Unreachable
from titan_flow.states.values import Json

_TRIES = 3
"""how often containers are listed again where one has gone between the list and its inspection"""
_LABEL = "com.docker.compose."
_HEADER = 8
"""bytes before each piece of a log: stream, three zeros, length"""

Object = Mapping[str, Json]


async def project(engine: EngineReads, name: str) -> Project | None:
    """Every container of the project, and their images: two round trips. None: ask the CLI. Raises ValueError."""
    labels = json.dumps({"label": [f"{_LABEL}project={name}", f"{_LABEL}config-hash"]})
    listing = f"/containers/json?{urlencode({'all': '1', 'filters': labels})}"
    for _ in range(_TRIES):
        listed = await engine.ask(listing)
        if listed is None:
            return None
        now = listed[0].date
        entries = [_object(one) for one in _list(_good(listed[0]).json())]
        ids = [_text(one, "Id") for one in entries]
        images = sorted({_text(one, "ImageID") for one in entries})
        if not ids:
            return Project(now)
        replies = await engine.ask(*(f"/containers/{quote(id)}/json" for id in ids), *map(_image_path, images))
        if replies is None:
            return None
        found, known = replies[: len(ids)], replies[len(ids) :]
        if all(one.ok for one in found):
            try:
                there = [container(_object(one.json())) for one in found]
                return project_of(now, there, [image(_object(one.json())) for one in known if one.ok])
            except ValidationError:
                raise ValueError(UNREADABLE) from None
    raise ValueError("its containers change too fast to be inspected")


async def images(engine: EngineReads, names: Sequence[str]) -> list[LocalImage | None] | None:
    """Those of these references or ids that are on the host. None: ask the CLI. Raises ValueError."""
    replies = await engine.ask(*map(_image_path, names))
    if replies is None:
        return None
    return [None if one.status == 404 else image(_object(_good(one).json())) for one in replies]


async def log(engine: EngineReads, id: str, since: str | None, tail: int | None) -> tuple[str, bool] | None:
    """Both streams as text with a stamp before each line, and whether there is more. None: ask the CLI."""
    options = {"stdout": "1", "stderr": "1", "timestamps": "1"}
    options |= {"since": unix(since)} if since else {}
    options |= {"tail": str(tail)} if tail else {}
    replies = await engine.ask(f"/containers/{quote(id)}/logs?{urlencode(options)}")
    return None if replies is None else (unframed(_good(replies[0]).body), replies[0].cut)


def container(inspected: Object) -> Container:
    """From `/containers/ID/json`. Raises ValueError."""
    config, state, host = (_object(inspected.get(part)) for part in ("Config", "State", "HostConfig"))
    labels, logs = _object(config.get("Labels")), _object(host.get("LogConfig"))
    network = _object(inspected.get("NetworkSettings"))
    networks = {name: _object(one).get("NetworkID") for name, one in _object(network.get("Networks")).items()}
    mounts = [_object(one) for one in _list(inspected.get("Mounts") or [])]
    ports = _object(network.get("Ports"))
    facts = {
        "id": inspected.get("Id"),
        "name": inspected.get("Name"),
        "image": inspected.get("Image"),
        "service": labels.get(f"{_LABEL}service"),
        "depends_on": labels.get(f"{_LABEL}depends_on"),
        "one_off": labels.get(f"{_LABEL}oneoff"),
        "hash": labels.get(f"{_LABEL}config-hash"),
        "ours": labels.get(LABEL),
        "status": state.get("Status"),
        "exit_code": state.get("ExitCode"),
        "oom_killed": state.get("OOMKilled"),
        "started": state.get("StartedAt"),
        "finished": state.get("FinishedAt"),
        "restarts": inspected.get("RestartCount"),
        "health": _object(state.get("Health")).get("Status"),
        "log": logs.get("Type"),
        "log_limit": _object(logs.get("Config")).get("max-size"),
        "restart": _object(host.get("RestartPolicy")).get("Name"),
        "created": inspected.get("Created"),
        "networks": "".join(f"{name}={id} " for name, id in networks.items()),
        "volumes": "".join(f"{one.get('Name')} " for one in mounts if one.get("Type") == "volume"),
        "unpublished": "".join(f"{port} " for port in _object(host.get("PortBindings")) if not ports.get(port)),
        "folder": labels.get(f"{_LABEL}project.working_dir"),
        "files": labels.get(f"{_LABEL}project.config_files"),
    }
    return Container.model_validate(facts)


def image(inspected: Object) -> LocalImage:
    """From `/images/NAME/json`. Raises ValueError."""
    digests, tags = inspected.get("RepoDigests"), inspected.get("RepoTags")
    return LocalImage.model_validate({"id": inspected.get("Id"), "digests": digests, "tags": tags})


def unframed(raw: bytes) -> str:
    """A log's text: of a container with a terminal as it is, of any other without the header of each piece."""
    if not _is_header(raw[:_HEADER]):
        return raw.decode(errors="replace")
    kept, at = bytearray(), 0
    while _is_header(header := raw[at : at + _HEADER]):
        size = int.from_bytes(header[4:])
        kept += raw[at + _HEADER : at + _HEADER + size]
        at += _HEADER + size
    return kept.decode(errors="replace")


def unix(stamp: str) -> str:
    """`2026-11-24T06:40:38.334900949Z` in seconds since the epoch, to the nanosecond."""
    whole, _, part = stamp.removesuffix("Z").partition(".")
    return f"{int(datetime.fromisoformat(whole + '+00:00').timestamp())}.{part:0<9}"


def _is_header(header: bytes) -> bool:
    return len(header) == _HEADER and header[0] in (1, 2) and header[1:4] == b"\0\0\0"


def _image_path(name: str) -> str:
    return f"/images/{quote(name, safe='/:@')}/json"


def _good(reply: Reply) -> Reply:
    if not reply.ok:
        raise Unreachable(f"docker: {reply.reason()}")
    return reply


def _object(value: Json) -> Object:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(UNREADABLE)
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ValueError(UNREADABLE)
    return value


def _text(value: Object, key: str) -> str:
    found = value.get(key)
    if not isinstance(found, str):
        raise ValueError(UNREADABLE)
    return found
