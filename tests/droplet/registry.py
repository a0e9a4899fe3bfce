"""A real image registry (docker-registry) on a unix socket; the droplet reaches it through a `Front`."""

import hashlib
import json
import subprocess
import time
from collections.abc import Sequence
from http.client import HTTPResponse
from pathlib import Path

from tests.droplet.commands import PATH, CommandFailed
from tests.droplet.images import MANIFEST, Image
from tests.droplet.unixhttp import UnixHTTP

CONFIG = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {store}}}, delete: {{enabled: true}}}}
http: {{net: unix, addr: {socket}}}
"""


class Registry:
    def __init__(self, directory: Path, *, prefix: Sequence[str] = ()) -> None:
        """`prefix` is put before the command line, as `Network.enter` gives it: so that a sweep finds the process."""
        directory.mkdir(parents=True)
        self.socket = directory / "http"
        config = directory / "config.yml"
        config.write_text(CONFIG.format(store=directory / "store", socket=self.socket))
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *prefix, "docker-registry", "serve", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={"PATH": PATH, "OTEL_TRACES_EXPORTER": "none"},
            )
        deadline = time.monotonic() + 15
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(f"docker-registry did not start:\n{(directory / 'log').read_text()}")
            time.sleep(0.02)

    def push(self, repository: str, tag: str, image: Image) -> str:
        """Uploads what is not there yet and moves the tag; returns the digest that `repo@digest` names."""
        for blob in image.blobs():
            self.upload(repository, blob)
        path = f"/v2/{repository}/manifests/{tag}"
        self.ask("PUT", path, image.manifest(), {"Content-Type": MANIFEST}, expect=201)
        return image.digest

    def upload(self, repository: str, blob: bytes) -> None:
        digest = "sha256:" + hashlib.sha256(blob).hexdigest()
        if self.ask("HEAD", f"/v2/{repository}/blobs/{digest}").status == 200:
            return
        begun = self.ask("POST", f"/v2/{repository}/blobs/uploads/", expect=202).headers["Location"]
        place = begun[begun.index("/v2/") :]
        headers = {"Content-Type": "application/octet-stream"}
        self.ask("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", blob, headers, expect=201)

    def delete(self, repository: str, digest: str) -> None:
        """Takes a manifest away, as a retention policy does: its digest can no longer be pulled."""
        self.ask("DELETE", f"/v2/{repository}/manifests/{digest}", expect=202)

    def tags(self, repository: str) -> list[str]:
        answer = self.ask("GET", f"/v2/{repository}/tags/list")
        return sorted(json.loads(answer.read())["tags"] or []) if answer.status == 200 else []

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        expect: int | None = None,
    ) -> HTTPResponse:
        connection = UnixHTTP(self.socket)
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        if expect is not None and answer.status != expect:
            raise CommandFailed(f"registry: {method} {path}: {answer.status} {answer.read()!r}")
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/v2/").status == 200
        except OSError:
            return False
