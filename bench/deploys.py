"""One runbook in four tools on one droplet: disarm, fetch, pull, up, verify, arm; and back where a release is bad.

Six services, of which a release replaces two. The tools deploy in turn, each from the same v1. bash is one script over
one connection; Ansible and pyinfra run the same lines (bench/runbook/), Ansible the compose part by community.docker.
titan-flow does all that its spec says: 16 checks before, a journal on both sides, verified rollback targets.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import peers
from bench.options import Options
from bench.rows import Row, median, missing, table, values, where
from bench.scene import Scene, standing
from tests.droplet.deploying import TITAN

PART, ROUNDS, FAR_ROUNDS = "deploys", 3, 1
DELAYS = (0.0, 0.03, 0.1)
WORKS = (("recreate", "v2", "v2"), ("nothing to do", "v2", "v2"), ("bad release", "v3", "v2"))
"""what it is called, the release to deploy, the release that runs afterwards"""
TOOLS = ("titan-flow", "bash", "pyinfra", "Ansible")
RUNBOOK = Path(__file__).parent / "runbook"


@dataclass(frozen=True)
class Command:
    """`failed`: its exit code where the old release runs again."""

    argv: Sequence[str]
    failed: int
    text: str = ""
    env: Mapping[str, str] = field(default_factory=dict[str, str])


def titan_flow(scene: Scene, commit: str) -> Command:
    operator = scene.operator
    argv = [*TITAN, "run", str(operator.spec), "--yes", "--set", f"commit={commit}"]
    return Command(argv, 4, env={"TITAN_FLOW_STORE": operator.store, **operator.secrets})


def bash(scene: Scene, commit: str) -> Command:
    given = f"commit={commit} address={scene.titan.address}\n"
    script = given + (RUNBOOK / "lines.sh").read_text() + (RUNBOOK / "deploy.sh").read_text()
    return Command(["ssh", "-F", str(scene.titan.droplet.ssh_config), scene.host, "bash -s"], 4, script)


def pyinfra(scene: Scene, commit: str) -> Command:
    given = {
        "ssh_config_file": str(scene.titan.droplet.ssh_config),
        "ssh_known_hosts_file": str(scene.titan.droplet.directory / "known_hosts"),
        "ssh_strict_host_key_checking": "no",  # paramiko knows no HostKeyAlias
        "address": scene.titan.address,
        "commit": commit,
    }
    inventory = scene.home / "inventory.py"
    inventory.write_text(f"hosts = [({scene.host!r}, {given!r})]\n")
    call = [peers.program("pyinfra"), "-y", str(inventory), str(RUNBOOK / "deploy.py"), "--data"]
    both = '"$@" lines=keep,disarm,fetch,pull,up,green,arm || { "$@" lines=restore,up,green && exit 4; }'
    return Command(["sh", "-c", both, "sh", *call], 4)


def ansible(scene: Scene, commit: str) -> Command:
    given = {"commit": commit, "address": scene.titan.address, "origin": scene.titan.origin.url}
    extra = [word for name, value in given.items() for word in ("-e", f"{name}={value}")]
    env = {
        "ANSIBLE_HOME": str(scene.home / "ansible"),
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        "ANSIBLE_SSH_COMMON_ARGS": f"-F {scene.titan.droplet.ssh_config}",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(scene.home / "cp"),
        "LC_ALL": "C.UTF-8",
    }
    return Command(
        [peers.program("ansible-playbook"), "-i", f"{scene.host},", *extra, str(RUNBOOK / "playbook.yaml")], 2, env=env
    )


COMMANDS: Mapping[str, Callable[[Scene, str], Command]] = dict(
    zip(TOOLS, (titan_flow, bash, pyinfra, ansible), strict=True)
)


def measure(options: Options) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as home, standing(Path(home)) as scene:
        yield from measured(scene, options)


def measured(scene: Scene, options: Options) -> Iterator[Row]:
    """A first deployment with each tool warms up."""
    tools = [tool for tool in TOOLS if options.wants(tool)]
    if reason := peers.absent() if options.small else peers.install():
        for tool in set(tools) & {"pyinfra", "Ansible"}:
            yield {"part": PART, "tool": tool, "missing": reason}
        tools = [tool for tool in tools if tool not in ("pyinfra", "Ansible")]
    for tool in tools if not options.small else ():  # warms up
        scene.reset()
        _deployed(scene, tool, *WORKS[0])
    for delay in options.distances(DELAYS):
        scene.at(delay)
        for count in range(1, (options.count(ROUNDS if delay == 0 else FAR_ROUNDS)) + 1):
            for tool in tools if count % 2 else tools[::-1]:
                scene.reset()
                for work in WORKS:
                    row = _deployed(scene, tool, *work)
                    yield {"part": PART, "delay": delay, "round": count, "tool": tool, **row}


def _deployed(scene: Scene, tool: str, work: str, version: str, then: str) -> Row:
    command = COMMANDS[tool](scene, scene.offer(version))
    row = _timed(scene, command, command.failed if version != then else 0, f"{tool}, {work}")
    if not scene.runs(then):
        raise RuntimeError(f"{tool}, {work}: not {then} runs, but {scene.titan.running()}, {scene.titan.head()}")
    return {"work": work, **row}


def _timed(scene: Scene, command: Command, code: int, what: str) -> Row:
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    here, there, began = scene.meter.controller(), scene.meter.droplet(), time.monotonic()
    done = subprocess.run(
        [*scene.meter.enter(), *command.argv],
        input=command.text,
        capture_output=True,
        text=True,
        env={**env, **command.env},
        cwd=scene.home,
    )
    row: Row = {
        "seconds": round(time.monotonic() - began, 3),
        "controller": round(scene.meter.controller() - here, 3),
        "droplet": round(scene.meter.droplet() - there, 3),
    }
    scene.meter.end()
    if done.returncode != code:
        raise RuntimeError(f"{what}: exit {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
    return row


def tables(rows: Sequence[Row]) -> str:
    """For each delay: medians, and each tool's time as a share of bash's."""
    parts: list[str] = []
    for delay in values(rows, "delay"):
        here = where(rows, delay=delay)
        lines = [
            _line(here, str(work), str(tool))
            for work in values(here, "work")
            for tool in TOOLS
            if where(here, tool=tool)
        ]
        count = len(values(here, "round"))
        said = f"Round trip to the droplet: {float(delay) * 1000:.0f} ms. Medians of {count} round{'s' * (count > 1)}."
        head = ("work", "tool", "seconds", "of bash", "processor here", "processor there")
        parts.append(f"{said}\n\n{table(head, lines)}")
    return "\n\n".join(parts) + missing(rows)


def _line(rows: Sequence[Row], work: str, tool: str) -> list[str]:
    mine, bash = where(rows, work=work, tool=tool), where(rows, work=work, tool="bash")
    seconds, here, there = (median(mine, key) for key in ("seconds", "controller", "droplet"))
    share = f"{seconds / median(bash, 'seconds'):.2f}" if bash else ""
    return [work, tool, f"{seconds:.2f}", share, f"{here:.2f} s", f"{there:.2f} s"]
