"""Builds a sandbox: history, checkout, supervisord with NATS and the services, armed once."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from titan_flow.workflow.sandbox.errors import SandboxError
from titan_flow.workflow.sandbox.layout import Layout
from titan_flow.workflow.sandbox.releasing import commit, git

SUPERVISORD = """\
[unix_http_server]
file={socket}
chmod=0600
[supervisord]
logfile={run}/supervisord.log
pidfile={run}/supervisord.pid
directory={run}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:nats]
command={nats} -c {run}/nats.conf
stdout_logfile={run}/nats.log
redirect_stderr=true
startsecs=0
[program:recorder]
command={python} -m titan_flow.workflow.sandbox.standins.recorder {root}
stdout_logfile={run}/recorder.log
redirect_stderr=true
startsecs=0
[include]
files={checkout}/services.conf
"""


def build(root: Path, steady: str, watch: str, within: str) -> None:
    """Raises SandboxError; what was half made is taken down again."""
    root = root.resolve()
    if (root / "sandbox.json").exists():
        raise SandboxError(f"{root}: a sandbox stands here already; take it down: titan-flow sandbox down {root}")
    if root.exists() and any(root.iterdir()):
        raise SandboxError(f"{root} is not empty; name a new directory")
    nats = nats_server()
    made = not root.exists()
    layout = Layout(root, dict(zip(("nats", "traefik", "brain", "execution"), _free_ports(4), strict=True)), _socket())
    try:
        root.mkdir(parents=True, exist_ok=True)
        _history(layout)
        _files(layout, nats, steady, watch, within)
        _start(layout)
        commit(layout, 2, "good")
    except BaseException:
        from titan_flow.workflow.sandbox.leaving import clear

        clear(layout, made)
        raise


def nats_server() -> str:
    """A nats-server: from PATH, else the wheel's beside this Python. Raises SandboxError."""
    beside = Path(sys.executable).parent / "nats-server"
    found = shutil.which("nats-server") or (str(beside) if beside.exists() else None)
    if found is None:
        raise SandboxError("no nats-server: pip install 'titan-flow[sandbox]', or put one on PATH")
    return found


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody had a moment ago, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _socket() -> Path:
    return Path(tempfile.mkdtemp(prefix="titan-flow-")) / "s"


def _history(layout: Layout) -> None:
    for folder in (layout.registry, layout.images, layout.run):
        folder.mkdir()
    layout.run.chmod(0o700)
    git()["init", "-q", "--bare", "-b", "main", str(layout.origin)]()
    git()["clone", "-q", str(layout.origin), str(layout.work)].run(retcode=0)
    git()["-C", str(layout.work), "checkout", "-q", "-B", "main"]()
    layout.save()
    commit(layout, 1, "good")
    git()["clone", "-q", str(layout.origin), str(layout.checkout)]()
    subprocess.run([sys.executable, layout.checkout / "bin" / "pull"], check=True, capture_output=True)


def _files(layout: Layout, nats: str, steady: str, watch: str, within: str) -> None:
    password = secrets.token_urlsafe(24)
    descriptor = os.open(layout.password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    conf = layout.run / "nats.conf"
    conf.touch(0o600)
    conf.write_text(
        f"listen: 127.0.0.1:{layout.ports['nats']}\n"
        f'authorization {{ users = [ {{ user: "titan", password: "{password}" }} ] }}\n'
    )
    said = {"run": layout.run, "checkout": layout.checkout, "root": layout.root, "socket": layout.socket}
    told = {
        name: str(path).replace("%", "%%") for name, path in {**said, "nats": nats, "python": sys.executable}.items()
    }
    (layout.run / "supervisord.conf").write_text(SUPERVISORD.format(**told))
    template = (files("titan_flow.workflow.sandbox") / "spec.yaml").read_text()
    values = {
        "DIRECTORY": layout.checkout,
        "SOCKET": layout.socket,
        "PYTHON": sys.executable,
        "PASSWORD": layout.password,
        "NATS": layout.ports["nats"],
        "FRONT": layout.ports["traefik"],
        "STEADY": steady,
        "WATCH": watch,
        "WITHIN": within,
    }
    for name, value in values.items():
        template = template.replace(f"@{name}@", str(value))
    layout.spec.write_text(template)


def _start(layout: Layout) -> None:
    """supervisord puts itself into the background and outlives us."""
    from titan_flow.workflow.sandbox.arming import arm

    conf = layout.run / "supervisord.conf"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", conf],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        hint = " (pip install 'titan-flow[sandbox]')" if "No module named" in said[-1] else ""
        raise SandboxError(f"supervisord did not start: {said[-1]}{hint}")
    arm(layout)
