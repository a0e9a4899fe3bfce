"""Images made from bytes: layers, config and manifest are written here, and no engine is involved.

The same input gives the same digests, in every run on a machine. Never build or tag on the droplet's own engine:
that moves its tags, and the next plain `up -d` redeploys without a pull.
"""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.droplet.layers import Layer

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Image:
    layers: Sequence[Layer]
    entrypoint: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def config(self) -> bytes:
        return _json(
            {
                "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
                "os": "linux",
                "created": "2020-01-01T00:00:00Z",
                "config": {
                    "Entrypoint": list(self.entrypoint),
                    "Env": ["PATH=/usr/bin:/bin", *(f"{name}={value}" for name, value in self.env.items())],
                    "Labels": dict(self.labels),
                },
                "rootfs": {"type": "layers", "diff_ids": [_sha256(layer.tar) for layer in self.layers]},
                "history": [{"created": "2020-01-01T00:00:00Z", "created_by": "tests"} for _ in self.layers],
            }
        )

    @property
    def id(self) -> str:
        """What `docker inspect` calls the image id."""
        return _sha256(self.config)

    @property
    def digest(self) -> str:
        """What the registry calls it."""
        return _sha256(self.manifest())

    def manifest(self) -> bytes:
        def entry(kind: str, blob: bytes) -> dict[str, Any]:
            return {"mediaType": kind, "size": len(blob), "digest": _sha256(blob)}

        return _json(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": entry(_CONFIG, self.config),
                "layers": [entry(_LAYER, layer.packed) for layer in self.layers],
            }
        )

    def blobs(self) -> list[bytes]:
        return [*(layer.packed for layer in self.layers), self.config]


def service(version: str, *, name: str = "app", health: int = 200, pad: int = 0, **env: str) -> Image:
    """The test service (service.sh): answers `/health` with the status `health`, and `/` with its version.

    `pad` bytes that cannot be compressed make a pull long enough to be met half way. `READY_AFTER` (seconds) and
    `CRASH_AFTER` (seconds) in `env` make it slow or make it fall over.
    """
    script = (Path(__file__).parent / "service.sh").read_bytes()
    own = Layer.of({"service": script, "version": f"{version}\n".encode()}, executable=["service"])
    layers = [base(), own] if not pad else [base(), own, Layer.of({"pad": _noise(version, pad)})]
    settings = {"SERVICE": name, "VERSION": version, "HEALTH": str(health), **env}
    return Image(layers, ["/service"], settings, {"org.opencontainers.image.version": version})


def base() -> Layer:
    """A file system that can run scripts: one static busybox with all its names."""
    return Layer.busybox()


def _noise(seed: str, size: int) -> bytes:
    return hashlib.shake_256(seed.encode()).digest(size)


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
