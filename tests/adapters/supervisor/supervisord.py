"""A real supervisord of a test's own, with programs whose command lines name their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from titan_flow.adapters.site import Site
from titan_flow.adapters.supervisor.adapter import adapter
from titan_flow.adapters.supervisor.remote_supervisor import Cannot, connect
from titan_flow.adapters.supervisor.settings import SupervisorSettings
from titan_flow.adapters.transport.local import LocalHost

BOOT = r"^--- starts, pid (\d+)"
STAYS = """\
import os, signal
print("--- starts, pid", os.getpid(), flush=True)
print("{said}", flush=True)
signal.pause()
"""
FALLS = 'import os, sys\nprint("--- starts, pid", os.getpid(), flush=True)\nprint("Error: no intents")\nsys.exit(7)\n'
PROGRAM = """\
[program:{name}]
command={python} -I -S {bundle}
stdout_logfile={at}/{name}.log
redirect_stderr=true
startsecs={startsecs}
startretries={retries}
stopwaitsecs=2
"""


def until(true: Callable[[], bool], patience: float = 45.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass
class Supervisord:
    at: Path
    programs: dict[str, str] = field(default_factory=dict[str, str])
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.at / "s"

    def bundle(self, text: str) -> str:
        """A program's file, named by its content; the image id."""
        sha = hashlib.sha256(text.encode()).hexdigest()
        (self.at / f"{sha}.py").write_text(text)
        return f"sha256:{sha}"

    def configure(self, name: str, text: str, startsecs: int = 0, retries: int = 1) -> str:
        """What the configuration says from now on; nothing is told to supervisord."""
        image = self.bundle(text)
        bundle = self.at / f"{image.removeprefix('sha256:')}.py"
        self.programs[name] = PROGRAM.format(
            name=name, python=sys.executable, bundle=bundle, at=self.at, startsecs=startsecs, retries=retries
        )
        self.write()
        return image

    def write(self) -> None:
        base = (
            f"[unix_http_server]\nfile={self.socket}\n[supervisord]\nlogfile={self.at}/supervisord.log\nminfds=64\n"
            f"pidfile={self.at}/pid\n[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
        )
        (self.at / "conf").write_text("\n".join([base, *self.programs.values()]))

    def start(self) -> None:
        argv = [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-n", "-c", str(self.at / "conf")]
        self.process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.at)
        until(self.answers)
        for name in self.programs:
            until(lambda name=name: "--- starts" in self.said(name))

    def stop(self) -> None:
        """At once: supervisord's own way takes three seconds."""
        if self.process is not None and self.process.poll() is None:
            children = [one["pid"] for one in connect(str(self.socket))("getAllProcessInfo") if one["pid"]]
            self.process.kill()
            self.process.wait(10)
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)

    def answers(self) -> bool:
        try:
            connect(str(self.socket))("getState")
        except OSError:
            return False
        return True

    def state(self, name: str) -> str:
        try:
            return str(connect(str(self.socket))("getProcessInfo", name)["statename"])
        except Cannot:
            return "none"

    def pid(self, name: str) -> int:
        return int(connect(str(self.socket))("getProcessInfo", name)["pid"])

    def call(self, method: str, *args: object) -> None:
        connect(str(self.socket))(method, *args)

    def log(self, name: str) -> Path:
        return self.at / f"{name}.log"

    def said(self, name: str) -> str:
        return self.log(name).read_text() if self.log(name).exists() else ""

    def kill(self, name: str) -> None:
        """As the kernel would; returns once supervisord has started it anew."""
        before = self.pid(name)
        os.kill(before, 9)
        until(lambda: self.pid(name) not in (0, before))

    def site(self, *services: str, boot: str | None = BOOT, python: str = sys.executable) -> Site:
        settings = SupervisorSettings(
            socket=str(self.socket), services=list(services or self.programs), boot=boot, python=python
        )
        return Site(LocalHost(), str(self.at), {"supervisor": settings}, offers=adapter.offers.get)
