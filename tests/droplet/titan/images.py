"""The images of the six services: real programs of this machine, and Titan's two as stand-ins."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.droplet.commands import CommandFailed, run
from tests.droplet.images import Image, base
from tests.droplet.layers import Layer
from titan_flow.workflow.sandbox.daemons import nats_server

HERE = Path(__file__).parent / "standin"
ROOT = Path(__file__).parents[3]
PACKAGES = ("tests", "tests/droplet", "tests/droplet/titan")
TRADER = "tests.droplet.titan.standin.trader"
PYTHON = "/usr/bin/python3"
LISTING = f"""
import {TRADER}, encodings.idna, json, runpy, sys
files = [getattr(module, "__file__", None) for module in sys.modules.values()]
print(json.dumps([[*sys.version_info[:2]], [file for file in files if file]]))
"""


def trader(service: str, version: str, **env: str) -> Image:
    """titan-brain or titan-execution; `env`: what the release does wrong (standin/trader.py)."""
    own = Layer.of({"version": f"{service} {version}\n".encode()})
    settings = {"SERVICE": service, "VERSION": version, "PYTHONPATH": "/app", "PYTHONDONTWRITEBYTECODE": "1", **env}
    return Image([base(), *_python(), own], [PYTHON, "-S", "-m", TRADER], settings, {"version": version})


def postgres() -> Image:
    home = _postgres_home()
    share = Path("/usr/share/postgresql") / home.name
    accounts = {
        "etc/passwd": b"root:x:0:0::/:/bin/sh\npostgres:x:70:70::/var/lib/postgresql:/bin/sh\n",
        "etc/group": b"root:x:0:\npostgres:x:70:\n",
    }
    files = {str(path).lstrip("/"): path.read_bytes() for path in share.rglob("*") if path.is_file()}
    names = ("postgres", "initdb", "psql", "pg_dump", "pg_restore", "pg_isready", "createdb", "dropdb")
    libraries = [home / "lib" / name for name in ("plpgsql.so", "dict_snowball.so")]
    entry = (HERE / "postgres.sh").read_bytes()
    links = {f"bin/{name}": f"{home}/bin/{name}" for name in names}
    layers = [
        base(),
        Layer.of_programs(*(str(home / "bin" / name) for name in names), extra=libraries),
        Layer.of({"entry": entry, **accounts, **files}, links=links, executable=["entry"]),
    ]
    return Image(layers, ["/entry"])


def redis() -> Image:
    """Debian's redis-server is one program with several names, and goes by the one it is called by."""
    link = Layer.of({}, links={"bin/redis-server": "/usr/bin/redis-check-rdb"})
    program = Path(run(["readlink", "-f", "/usr/bin/redis-server"]).stdout.strip())
    layers = [base(), Layer.of_programs("redis-server", "redis-cli")]
    name = "/bin/redis-server" if program.name == "redis-check-rdb" else str(program)
    options = ["--save", "", "--protected-mode", "no"]
    return Image([*layers, link] if program.name == "redis-check-rdb" else layers, [name, *options])


def nats() -> Image:
    files = {"bin/nats-server": Path(nats_server()).read_bytes(), "bin/nats": (HERE / "nats.sh").read_bytes()}
    own = replace(Layer.of(files, executable=[*files]), level=0)
    return Image([base(), own], ["/bin/nats-server", "-c", "/etc/nats/nats.conf"])


def front() -> Image:
    """A service named traefik: Debian has none, so haproxy stands in."""
    return Image([base(), Layer.of_programs("haproxy")], ["/usr/sbin/haproxy", "-W", "-db", "-f", "/etc/haproxy.cfg"])


@cache
def _python() -> list[Layer]:
    """The machine's own interpreter with exactly the modules that the stand-in imports, curl, and the stand-in.

    Modules come compiled where the machine has them so (without their source, for then Python asks no time stamp).
    """
    env = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    (major, minor), found = json.loads(run([PYTHON, "-S", "-c", LISTING], env=env).stdout)
    modules = [Path(file) for file in found]
    files: dict[str, bytes] = {}
    for path in (path for path in modules if path.suffix == ".py" and not path.is_relative_to(ROOT)):
        compiled = path.parent / "__pycache__" / f"{path.stem}.cpython-{major}{minor}.pyc"
        kept = compiled if compiled.exists() else path
        files[str(path.with_suffix(kept.suffix)).lstrip("/")] = kept.read_bytes()
    own = {f"app/{package}/__init__.py": b"" for package in PACKAGES}
    own |= {f"app/{path.relative_to(ROOT)}": path.read_bytes() for path in HERE.glob("*.py")}
    shared = [path for path in modules if path.suffix == ".so"]
    link = {PYTHON.lstrip("/"): Path(PYTHON).resolve().name}
    return [Layer.of_programs(PYTHON, "curl", extra=shared), Layer.of(files), Layer.of(own, links=link)]


def _postgres_home() -> Path:
    """Where Debian keeps the newest one that is installed."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if not homes:
        raise CommandFailed("postgres is not installed")
    return homes[-1].parents[1]
