"""The spec, written to be read and edited."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from titan_flow.adapters.registry import nouns
from titan_flow.states.durations import duration
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.init.compose_file import Found, Service
from titan_flow.workflow.init.health_timeouts import Health, budgets

SHORTEST, STEADY, UP = 60.0, 10.0, 120.0
"""seconds: the shortest window to be green in, how long it then has to stay so, and what `up` takes beside waiting"""
SLACK = 1.25
"""a window is a quarter longer than the health checks need"""


def spec(found: Found, file: str, flow: str) -> str:
    """`file`: the compose file as the flow's directory has it. `flow`: the flow's name."""
    needed = budgets(
        {name: one.health for name, one in found.services.items()},
        {name: one.needs for name, one in found.services.items()},
    )
    longest = max((needed[one.name] for one in found.lasting), default=0.0)
    within = _rounded(max(SHORTEST, longest * SLACK))
    parts = (_head(found, file, needed), _where(found, file, flow), _patience(within))
    way = Path(__file__).with_name("way.yaml").read_text(encoding="utf-8")
    for name, value in (
        ("BLOCKS", "\n".join(_green(found))),
        ("UP", duration(_rounded(within + UP))),
        ("STEADY", duration(STEADY)),
    ):
        way = way.replace(f"@{name}@", value)
    return "\n".join([*("\n".join(part) for part in parts), way])


def _rounded(seconds: float) -> float:
    return math.ceil(seconds / 10) * 10.0


def _head(found: Found, file: str, needed: dict[str, float]) -> Iterator[str]:
    yield "# yaml-language-server: $schema=./titan-flow.schema.json"
    yield "#"
    yield f"# A first spec for {one_line(file, 80)}, made by `titan-flow init`. Edit the lines marked EDIT, then:"
    yield "#"
    yield "#     titan-flow check FILE      what can be proved without connecting to anything"
    yield "#     titan-flow graph FILE      the states, and where each failure leads"
    yield "#     titan-flow run FILE        shows what it will do, asks, does it"
    yield "#"
    yield "# What was found. The window of `verify` covers the slowest one, what it waits for included."
    for one in found.services.values():
        yield f"#   {one.name:<24} {_told(one, found, needed[one.name])}"
    for warning in found.warnings:
        yield f"# NOTE: {one_line(warning, 110)}"


def _told(one: Service, found: Found, needed: float) -> str:
    if one.profiles:
        return f"only with the profile {one_line(', '.join(one.profiles), 40)}: not part of this flow"
    if one.name in found.once:
        return "is meant to end"
    if one.health is None:
        return "no health check: that it runs is all that can be seen"
    return f"{_health(one.health)}: healthy within {duration(needed)}"


def _health(health: Health) -> str:
    guess = " (as far as it can be told: it has ${…})" if health.guessed else ""
    return f"{duration(health.start_period)} + {health.retries} x {duration(health.interval)}{guess}"


def _where(found: Found, file: str, flow: str) -> Iterator[str]:
    yield f"flow: {flow}"
    yield f"about: {json.dumps(f'The compose project {found.name or flow}')}"
    yield ""
    yield "# EDIT: the host, as ssh knows it (leave `ssh` out for this machine), and the checkout there."
    yield f"target: {{ssh: deploy@host.example.com, directory: /opt/{flow}}}"
    yield ""
    yield "# EDIT: `env_file:` where compose is given another one than .env; `sudo: true` where docker, or that file,"
    yield "# needs root. `services` have to run; `once` are meant to end with exit 0."
    yield "compose:"
    yield f"  file: {json.dumps(file)}"
    if found.name:
        yield f"  project: {found.name}"
    yield from _listed("services", [one.name for one in found.lasting])
    if once := [name for name in found.once if not found.services[name].profiles]:
        yield from _listed("once", once)
    if masked := dict.fromkeys(path for one in found.services.values() for path in one.env_files):
        beside = [str(Path(file).parent / path) for path in masked]
        yield "  # Env files of services: their values are masked wherever they would show. EDIT: each has to be there."
        yield f"  masked: {json.dumps(beside)}"
    yield ""
    yield "params:"
    yield "  commit:"
    yield "    about: what to deploy; the tip of main where it is not named"
    yield '    pattern: "[0-9a-f]{40}"'
    yield "    default: {git.tip: {remote: origin, branch: main}}   # EDIT: the branch, also in `preflight`, `fetch`"


def _listed(key: str, names: Sequence[str]) -> Iterator[str]:
    line = f"  {key}: [{', '.join(names)}]"
    if len(line) <= 118:
        yield line
        return
    yield f"  {key}:"
    yield from (f"    - {name}" for name in names)


def _patience(within: float) -> Iterator[str]:
    yield ""
    yield "# `timeout` is one attempt of one action, `within` how long a check may take to be green."
    yield (
        f"defaults: {{timeout: 5m, within: {duration(within)}, attempts: 3, wait: 1s..15s, "
        "on_failure: fast_rollback, on_unknown: park}"
    )
    yield ""


def _green(found: Found) -> Iterator[str]:
    yield "blocks:"
    yield "  preflight:"
    yield "    - host.reachable: {}"
    yield "    - compose.configured: {}"
    yield "    - compose.leftovers: {}"
    yield "    - git.clean: {}"
    yield '    - git.on_branch: {remote: origin, branch: main, commit: "${params.commit}"}'
    allowed = f"ports.published: {{allow: {found.ports}}}"
    off = "" if "ports" in nouns() else "# "
    yield f"    {off}- {allowed}   # what containers publish beyond loopback; a firewall does not guard it"
    for one in found.lasting:
        for port in one.open_ports:
            yield f"    # EDIT: {one.name} publishes {one_line(port, 60)}: add it to `allow:`"
    yield '  # What "it works" means. EDIT: add your own: `http.ok`, `logs.clean`, `compose.exec_ok`, `command.ok`.'
    yield "  green:"
    yield "    - compose.running: {}   # every service: running, healthy where it has a check, not restarting"
    for port in [port for port in found.ports if port in (80, 443) or 3000 <= port < 10000][:2]:
        scheme = "https" if port in (443, 8443) else "http"
        at = "" if port in (80, 443) else f":{port}"
        yield f'    # - http.ok: {{url: "{scheme}://host.example.com{at}/"}}   # EDIT'
    built = [one.name for one in found.lasting if one.built and not one.image]
    if built:
        yield f"  # Built on the host: {', '.join(built)[:80]}."
        yield "  # EDIT: put the build before `compose.up`, see docs/adapters/compose.md."
    yield ""
