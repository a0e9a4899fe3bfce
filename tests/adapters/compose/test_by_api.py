"""What the engine's API says of a project, read: the same as the CLI says, and nothing of a service's environment."""

from __future__ import annotations

import pytest

from titan_flow.adapters.compose.by_api import container, image, unframed, unix
from titan_flow.adapters.compose.models import stamp
from titan_flow.adapters.compose.settings import LABEL
from titan_flow.states.values import Json

LABELS: dict[str, Json] = {
    "com.docker.compose.service": "nats",
    "com.docker.compose.config-hash": "a" * 64,
    "com.docker.compose.oneoff": "False",
    LABEL: "b" * 64,
}


def inspected(**change: Json) -> dict[str, Json]:
    whole: dict[str, Json] = {
        "Id": "c" * 64, "Name": "/titan-nats", "Image": "sha256:" + "1" * 64, "Created": "2026-11-24T06:40:38Z",
        "RestartCount": 2,
        "Config": {"Labels": LABELS, "Env": ["PASSWORD=hunter2hunter2"]},
        "State": {"Status": "running", "ExitCode": 0, "OOMKilled": False, "StartedAt": "2026-11-24T06:40:38Z",
                  "FinishedAt": "0001-01-01T00:00:00Z", "Health": {"Status": "healthy"}},
        "HostConfig": {"LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}},
                       "RestartPolicy": {"Name": "always"}, "PortBindings": {"80/tcp": [], "81/tcp": []}},
        "NetworkSettings": {"Networks": {"n": {"NetworkID": "i"}}, "Ports": {"80/tcp": [{"HostPort": "80"}]}},
        "Mounts": [{"Type": "volume", "Name": "v"}, {"Type": "bind", "Name": "b"}],
    }  # fmt: skip
    return {**whole, **change}


def test_a_container_in_its_parts() -> None:
    one = container(inspected())
    assert (one.service, one.status, one.health, one.restarts) == ("nats", "running", "healthy", 2)
    assert (one.hash, one.ours, one.log_limit) == ("a" * 64, "b" * 64, "10m")
    assert "hunter2" not in one.model_dump_json()


@pytest.mark.parametrize("part", ["State", "Config", "HostConfig", "NetworkSettings"])
@pytest.mark.parametrize("value", ["text", 7, ["x"]])
def test_what_is_not_as_docker_documents_it_is_refused(part: str, value: Json) -> None:
    with pytest.raises(ValueError):
        container(inspected(**{part: value}))


@pytest.mark.parametrize("change", [{"Id": None}, {"Name": 7}, {"RestartCount": "many"}])
def test_a_container_without_what_it_is_known_by_is_refused(change: dict[str, Json]) -> None:
    with pytest.raises(ValueError):
        container(inspected(**change))


def test_without_a_health_check_or_mounts_nothing_is_said_of_them() -> None:
    never = "0001-01-01T00:00:00Z"
    state: dict[str, Json] = {"Status": "created", "ExitCode": 0, "OOMKilled": False, "StartedAt": never}
    bare = inspected(Mounts=None, State={**state, "FinishedAt": never})
    assert container(bare).health is None


def test_an_image_in_its_parts() -> None:
    one = image({"Id": "sha256:1", "RepoDigests": ["r/a@sha256:2"], "RepoTags": None})
    assert (one.id, one.digest, one.tags) == ("sha256:1", "r/a@sha256:2", None)
    with pytest.raises(ValueError):
        image({"RepoTags": []})


def frame(stream: int, text: bytes) -> bytes:
    return bytes((stream, 0, 0, 0)) + len(text).to_bytes(4) + text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", ""),
        (frame(1, b"one\n") + frame(2, b"two\n"), "one\ntwo\n"),
        (b"of a terminal\n", "of a terminal\n"),
        (frame(1, b"one\n") + frame(2, b"cut off")[:10], "one\ncu"),
        (frame(1, b"one\n") + b"\x01\0\0", "one\n"),
        (frame(1, "ü".encode()[:1]) + frame(1, "ü".encode()[1:]), "ü"),
        (frame(1, b"\xff"), "\ufffd"),
        (frame(3, b"no stream of a log"), frame(3, b"no stream of a log").decode()),
        (b"\x01\0\0\0\xff\xff\xff\xffshort", "short"),
    ],
)
def test_a_log_without_the_headers_of_its_pieces(raw: bytes, text: str) -> None:
    assert unframed(raw) == text


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("1970-01-01T00:00:00Z", "0.000000000"),
        ("1970-01-01T00:00:01.5Z", "1.500000000"),
        ("2026-11-24T06:40:38.334900949Z", f"{int(stamp('2026-11-24T06:40:38Z'))}.334900949"),
    ],
)
def test_a_stamp_to_the_nanosecond(at: str, seconds: str) -> None:
    assert unix(at) == seconds
