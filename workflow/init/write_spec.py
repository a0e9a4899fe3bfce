"""The spec of a compose project, written to be read and edited."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from titan_flow.states.durations import duration
from titan_flow.workflow.display.terminal import one_line
from titan_flow.workflow.init.compose_file import Found, Service
from titan_flow.workflow.init.health_budget import budgets

SHORTEST, STEADY, UP = 60.0, 10.0, 120.0
"""seconds: the shortest window to be healthy in, how long it then has to stay so, what `up` takes beside waiting"""
SLACK = 1.25
"""a window is a quarter longer than the health checks need"""
LONGEST = 86400.0
"""seconds: the longest duration that a spec takes"""
SCHEMA = "titan-flow.schema.json"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FOLDERS = frozenset({"migrations", "migrate", "alembic", "flyway", "liquibase"})
_SKIPPED = frozenset({"node_modules", "vendor", "venv", "site-packages", "__pycache__", "test", "tests", "docs"})
_MOST, _DEEPEST = 5000, 4
"""folders that are looked at for migrations, and how deep"""


def spec(found: Found, flow: str, schema: bool = False) -> str:
    """`flow`: the flow's name. `schema`: whether `titan-flow.schema.json` lies beside the spec."""
    needed = _budgets(found)
    longest = max((needed[one.name] for one in found.lasting), default=0.0)
    within = min(_rounded(max(SHORTEST, longest * SLACK)), LONGEST)
    head = [f"# yaml-language-server: $schema=./{SCHEMA}", "#"] if schema else []
    parts = (_head(found, needed), _where(found, flow), _patience(within))
    way = Path(__file__).with_name("way.yaml").read_text(encoding="utf-8")
    for name, value in (
        ("BLOCKS", "\n".join(_green(found))),
        ("UP", duration(min(_rounded(within + UP), LONGEST))),
        ("STEADY", duration(STEADY)),
        ("BUILD", ", {compose.build: {}}" if found.built else ""),
    ):
        way = way.replace(f"@{name}@", value)
    return "\n".join([*head, *("\n".join(part) for part in parts), way])


def first_scenarios(spec: str) -> str:
    """The first scenarios of a spec of that name, for `titan-flow simulate`."""
    return Path(__file__).with_name("scenarios.yaml").read_text(encoding="utf-8").replace("FILE", spec)


def _budgets(found: Found) -> Mapping[str, float]:
    checks = {name: one.health.longest if one.health is not None else 0.0 for name, one in found.services.items()}
    return budgets(checks, {name: one.needs for name, one in found.services.items()})


def _rounded(seconds: float) -> float:
    return math.ceil(seconds / 10) * 10.0


def _head(found: Found, needed: Mapping[str, float]) -> Iterator[str]:
    yield f"# A first spec for {_line(', '.join(found.files), 60)}, made by `titan-flow init`. Edit the EDIT lines:"
    yield "#"
    yield "#     titan-flow check FILE      prove it; names the EDIT lines that are left; connects to nothing"
    yield "#     titan-flow graph FILE      show the states, and where each failure leads"
    yield "#     titan-flow run FILE        show what it will do, ask, and do it"
    yield "#"
    yield "# The services. `within` is a quarter more than the slowest one may need, what it waits for included:"
    yield "# start_period + retries x (interval + timeout)."
    for one in found.services.values():
        yield f"#   {_line(one.name, 60):<24} {_about(one, found, needed[one.name])}"
    for warning in found.warnings:
        yield f"# NOTE: {_line(warning, 200)}"
    unknown = [one.name for one in found.lasting if one.health_from == "unknown"]
    if unknown:
        yield f"# NOTE: health checks of images are unknown for {_names(unknown)}: no engine here has them."
        yield "#   `compose.health_fits` asks the host before each `up`, and says what `within` has to be."


def _about(one: Service, found: Found, needed: float) -> str:
    if not found.starts(one):
        why = f"only with the profile {_line(', '.join(one.profiles), 40)}" if one.profiles else "has no replicas"
        return f"{why}: not part of this flow"
    if one.ends in ("known", "likely"):
        return "ends by itself, with exit 0"
    if one.health is not None:
        whose = "the image's health check, " if one.health_from == "image" else ""
        guess = " (as far as known: it has ${…})" if one.guessed else ""
        return f"{whose}{one.health.formula}{guess}: healthy within {duration(needed)}"
    if one.health_from == "unknown":
        return "no health check in the compose file; the image's is unknown"
    return "no health check: titan-flow sees only that it runs"


def _where(found: Found, flow: str) -> Iterator[str]:
    yield f"flow: {flow}"
    yield f"about: {json.dumps(f'The compose project {found.project or flow}')}"
    yield ""
    yield "# EDIT: the host, as ssh knows it (leave `ssh` out for this machine), and the checkout there."
    yield f"target: {{ssh: deploy@host.example.com, directory: /opt/{flow}}}"
    yield ""
    yield "# EDIT: `env_file:` where compose is given another one than .env; `sudo: true` where docker, or that file,"
    yield "# needs root. All services must run, except those under `once:`, which end with exit 0."
    yield "compose:"
    yield f"  file: {json.dumps(found.files[0] if len(found.files) == 1 else list(found.files))}"
    if found.project:
        yield f"  project: {_name(found.project)}"
    if found.profiles:
        yield f"  profiles: [{', '.join(map(_name, found.profiles))}]"
    yield from _ends(found)
    if masked := dict.fromkeys(path for one in found.services.values() for path in one.env_files):
        beside = [_beside(path, found.root) for path in masked]
        yield "  # Env files of services: their values are masked wherever they would show. A missing one is skipped."
        yield f"  masked: {json.dumps(beside)}"
    yield ""
    yield "params:"
    yield "  commit:"
    yield "    about: what to deploy; by default the tip of main"
    yield '    pattern: "[0-9a-f]{40}"'
    yield "    default: {git.tip: {remote: origin, branch: main}}   # EDIT: the branch, also in `preflight`, `fetch`"
    yield from _migrations(found)


def _ends(found: Found) -> Iterator[str]:
    for one in found.once:
        if one.ends == "likely":
            yield f"  # EDIT: {one.name} has `restart: {one.restart}`, so it is taken to end by itself. If it stays up,"
            yield "  # remove it from `once:`."
    if unclear := [one.name for one in found.lasting if one.ends == "unclear"]:
        yield f"  # EDIT: the compose file does not show whether {_names(unclear)} stays up or ends by itself."
        yield "  # Add what ends to `once:`."
    if once := [one.name for one in found.once]:
        yield from _listed("once", once)


def _migrations(found: Found) -> Iterator[str]:
    """What changes data: a rollback over it asks first."""
    services, folders = [one.name for one in found.migrations], _folders(found.root)
    if not services and not folders:
        return
    yield ""
    why = f"{_names(services)} seems to change data" if services else "these folders seem to change data"
    yield f"# EDIT: {why}. A rollback over a change in `migrations:` asks first; it never undoes data."
    yield f"{'' if folders else '# '}migrations: {json.dumps(folders or ['db/migrations'])}"


def _folders(root: Path) -> list[str]:
    """The outermost folders of the checkout that are called after migrations."""
    found = list[str]()
    for seen, (where, inner, _) in enumerate(os.walk(root)):
        at = os.path.relpath(where, root)
        if seen > _MOST:
            break
        deep = 0 if at == "." else at.count(os.sep) + 1
        mine = [one for one in inner if one in _FOLDERS and at.isprintable()]
        found += [one if at == "." else f"{at}/{one}" for one in mine]
        skipped = _SKIPPED | _FOLDERS
        inner[:] = sorted(o for o in inner if o not in skipped and o[:1] != ".") if deep < _DEEPEST else []
    return sorted(found)


def _listed(key: str, names: Sequence[str]) -> Iterator[str]:
    line = f"  {key}: [{', '.join(map(_name, names))}]"
    if len(line) <= 118:
        yield line
        return
    yield f"  {key}:"
    yield from (f"    - {_name(name)}" for name in names)


def _patience(within: float) -> Iterator[str]:
    yield ""
    yield "# `timeout` bounds one attempt of one action; a check that still fails after `within` has failed."
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
    yield '    - compose.health_fits: {within: "${verify.within}"}'
    yield "    - git.clean: {}"
    yield '    - git.on_branch: {remote: origin, branch: main, commit: "${params.commit}"}'
    allowed = f"ports.published: {{allow: {found.ports}}}"
    yield f"    - {allowed}   # what containers publish beyond loopback; a firewall does not guard it"
    for one in found.lasting:
        for port in one.open_ports:
            yield f"    # EDIT: {one.name} publishes {_line(port, 60)}: add the port to `allow:`."
        for port in (_line(port, 20) for port in one.random_ports):
            yield f"    # EDIT: {one.name} publishes {port} on a random port; `ports.published` refuses that. Give it a"
            yield f'    # fixed one in the compose file ("127.0.0.1:{port}:{port}"), or allow "32768:60999".'
    yield '  # What "it works" means. EDIT: add your own: `http.ok`, `logs.clean`, `compose.exec_ok`, `command.ok`.'
    yield "  green:"
    yield "    - compose.running: {}   # every service: running, healthy where it has a check, not restarting"
    for port in [port for port in found.ports if port in (80, 443) or 3000 <= port < 10000][:2]:
        scheme = "https" if port in (443, 8443) else "http"
        at = "" if port in (80, 443) else f":{port}"
        yield f'    # - http.ok: {{url: "{scheme}://host.example.com{at}/"}}   # EDIT'
    if found.built:
        yield f"  # Built on the host by `compose.build`: {_names([one.name for one in found.built])}."
    yield ""


def _beside(path: str, root: Path) -> str:
    """As the checkout has it; an absolute path elsewhere stays."""
    return Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else path


def _name(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in ("true", "false", "null") else json.dumps(text)


def _names(names: Sequence[str]) -> str:
    return _line(", ".join(names), 80)


def _line(text: str, most: int) -> str:
    return one_line(text, most)
