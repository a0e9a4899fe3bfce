"""What the docker CLI of this machine says of a compose project: `docker compose config`, and its images."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import cast

from titan_flow.adapters.compose.healthchecks import IMAGE, OLDER_IMAGE, HealthCheck, image_health
from titan_flow.adapters.plain_file import is_plain
from titan_flow.workflow.init.yaml_text import Tree

SECONDS, LARGEST = 20.0, 8 * 1024 * 1024
"""the longest that docker may take for one answer; bytes of it"""
_UNSET = re.compile(r'The \\?"([A-Za-z_][A-Za-z0-9_]*)\\?" variable is not set')
_KEPT = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY")


@dataclass(frozen=True, slots=True)
class Config:
    """`tree` is None where it failed, for the reason `failed`. `unset`: variables that have no value here."""

    tree: Tree | None
    failed: str = ""
    unset: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Cli:
    """`docker`, with nothing of this shell's environment: compose would take `IMAGE_TAG` from it."""

    program: str = "docker"
    seconds: float = SECONDS
    env: Mapping[str, str] = field(
        default_factory=lambda: {name: os.environ[name] for name in _KEPT if name in os.environ}
    )

    def config(self, files: Sequence[Path], folder: Path) -> Config:
        """The whole project, every profile included."""
        if odd := next((file for file in files if file.exists() and not is_plain(str(file))), None):
            return Config(None, f"{odd.name} is no plain file")  # compose would wait for a pipe's writer
        named = [word for file in files for word in ("-f", str(file.absolute()))]
        argv = ["compose", *named, "--project-directory", str(folder), "--profile", "*", "config", "--format", "json"]
        done = self._run([*argv, "--no-env-resolution"])
        if done is not None and "unknown flag" in done.stderr:
            done = self._run(argv)
        if done is None:
            return Config(None, f"no answer within {self.seconds:.0f} s")
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.strip() and "level=warning" not in line]
            return Config(None, lines[-1][:200] if lines else f"it exits with status {done.returncode}")
        try:
            tree = json.loads(done.stdout.replace("$$", "$"))  # as `config` escapes a dollar sign
        except (ValueError, RecursionError):
            return Config(None, "it does not print JSON")
        if not isinstance(tree, dict):
            return Config(None, "it does not print a mapping")
        return Config(cast("Tree", tree), unset=tuple(dict.fromkeys(_UNSET.findall(done.stderr))))

    def image_health(self, images: Iterable[str]) -> dict[str, HealthCheck | None]:
        """By image, of those that are on the engine that docker talks to; empty where there is none."""
        found: dict[str, HealthCheck | None] = {}
        for image in images:
            done = self._run(["image", "inspect", "--format", IMAGE, "--", image])
            if done is not None and done.returncode and "StartInterval" in done.stderr:
                done = self._run(["image", "inspect", "--format", OLDER_IMAGE, "--", image])
            if done is None or "Cannot connect" in done.stderr:
                break
            if not done.returncode:
                try:
                    found[image] = image_health(done.stdout)
                except (ValueError, TypeError, AttributeError):
                    continue
        return found

    @property
    def has_compose(self) -> bool:
        """Whether it has compose v2 or newer."""
        done = self._run(["compose", "version", "--short"])
        return done is not None and not done.returncode and re.match(r"v?([2-9]|\d\d)", done.stdout) is not None

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str] | None:
        argv, pipe = [self.program, *words], subprocess.PIPE
        try:
            with subprocess.Popen(
                argv,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            ) as process:
                try:
                    out, err = process.communicate(timeout=self.seconds)
                except BaseException:
                    os.killpg(process.pid, signal.SIGKILL)  # compose is a process of its own below docker
                    raise
        except (OSError, subprocess.TimeoutExpired, ValueError):
            return None
        return subprocess.CompletedProcess(argv, process.returncode, out, err)


def docker_cli() -> Cli | None:
    """The docker CLI of this machine, where it has compose v2."""
    return cli if which((cli := Cli()).program) is not None and cli.has_compose else None
