"""A sentinel secret in every place where one can stand, shown in every spelling, is on no output surface."""

from __future__ import annotations

import base64
import html
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from titan_flow.adapters.guard.protocol import local_folder

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "json": json.dumps,
    "json in json": lambda secret: json.dumps(json.dumps(secret)),
    "url": lambda secret: quote(secret, safe=""),
    "url path": quote,
    "form": quote_plus,
    "html": html.escape,
    "shell": shlex.quote,
    "python": repr,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64, one byte before": lambda secret: base64.b64encode(f"u{secret}@host".encode()).decode(),
    "base64, two bytes before": lambda secret: base64.b64encode(f"u:{secret}@host".encode()).decode(),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
}
SHOWN = 4
"""lines that evidence keeps of an output, at least"""


def secret(number: int) -> str:
    """Letters and digits alone; `odd` ones have what encoders change."""
    return f"Sntnl{number:02d}Kq7vXw2Zt"


def odd(number: int) -> str:
    return f"Sntnl{number:02d}/Kq7&v Xw+2<Zt"


ENV_FILE = f"""
PLAIN={secret(1)}
export EXPORTED={secret(2)}
YAML_LIKE: {secret(3)}
SINGLE='{odd(4)}'
DOUBLE="{odd(5)}" # with a comment
COMMENTED={secret(6)} # why
DEFAULT=${{UNSET:-{secret(7)}}}
URL=postgres://titan:{secret(8)}@db/titan
QUERY=https://api.test/x?token={secret(9)}
DOCUMENT={{"private_key": "{secret(10)}"}}
LINES="{secret(11)}
{secret(12)}"
USER_PART=https://{secret(13)}@git.test/x
"""
MASKED_FILE = f"MORE={secret(14)}\n"
PLACES = {
    **{f"env file, value {n}": odd(n) if n in (4, 5) else secret(n) for n in range(1, 14)},
    "masked file": secret(14),
    "secret from the environment": odd(15),
    "secret from a file": secret(16),
    "nats password": odd(17),
}


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A flow whose checks print each secret in each spelling, then fail; everything it names holds a secret."""
    target = tmp_path / "opt"
    (target / "shown").mkdir(parents=True)
    (target / ".env").write_text(ENV_FILE)
    (target / "more.env").write_text(MASKED_FILE)
    (target / "compose.yaml").write_text("services: {web: {image: x}}\n")
    (tmp_path / "token").write_text(PLACES["secret from a file"])
    (tmp_path / "token").chmod(0o600)
    checks: list[dict[str, object]] = []
    for place, value in PLACES.items():
        lines = [f"{place} {name}: {spelled(value)}\n" for name, spelled in SPELLINGS.items()]
        for at in range(0, len(lines), SHOWN):
            file = f"shown/{len(checks)}"
            (target / file).write_text("".join(lines[at : at + SHOWN]))
            checks.append({"command.ok": {"command": ["sh", "-c", f"cat {file}; cat {file} >&2; exit 1"]}})
    post: dict[str, object] = {"url": {"file": str(tmp_path / "token")}, "body": "over", "idempotent": True}
    flow: dict[str, object] = {
        "flow": "leaks",
        "target": {"directory": str(target)},
        "compose": {"file": "compose.yaml", "env_file": [".env"], "masked": ["more.env"]},
        "nats": {"url": "nats://127.0.0.1:9", "user": "titan", "password": {"env": "SENTINEL_NATS"}},
        "defaults": {"attempts": 1, "within": "1s", "timeout": "30s", "on_failure": "Halted", "on_unknown": "Halted"},
        "states": {
            "Ready": {"initial": True},
            "Changed": {},
            "Up": {"goal": True},
            "Halted": {"rest": True, "notify": True},
        },
        "transitions": {
            "change": {
                "from": "Ready",
                "to": "Changed",
                "do": [{"command.run": {"command": ["sh", "-c", "cat shown/*"], "idempotent": True}}],
            },
            "up": {"from": "Changed", "to": "Up", "check": [{"nats.reachable": {}}, *checks]},
        },
        "notify": [{"http.post": post}, {"http.post": {**post, "url": {"env": "SENTINEL_ENV"}}}],
    }
    spec = tmp_path / "flow.yaml"
    spec.write_text(json.dumps(flow))
    return spec


def surfaces(spec: Path) -> Iterator[tuple[str, bytes]]:
    """Every output of every command that shows something of a run or a host, and every file that it leaves."""
    folder, store = spec.parent, f"sqlite:///{spec.parent / 'state' / 'journal.db'}"
    environment = os.environ | {
        "SENTINEL_ENV": PLACES["secret from the environment"],
        "SENTINEL_NATS": PLACES["nats password"],
        "TITAN_FLOW_STORE": store,
    }

    def say(*argv: str) -> tuple[str, bytes]:
        done = subprocess.run(
            [sys.executable, "-m", "titan_flow", *argv], cwd=folder, env=environment, capture_output=True, check=False
        )
        assert b"Traceback" not in done.stderr, done.stderr[-3000:].decode()
        return " ".join(argv), done.stdout + done.stderr

    for command in (["plan"], ["plan", "--json"], ["plan", "--format", "markdown"]):
        yield say(*command, str(spec))
    yield say("preflight", str(spec))
    yield say("preflight", str(spec), "--json")
    ran = say("run", str(spec), "--yes")
    assert b"Sntnl" in b"".join(path.read_bytes() for path in folder.glob("opt/shown/*")) and b"Halted" in ran[1], ran[
        1
    ]
    yield ran
    yield say("run", str(spec), "--yes", "--json")
    run = str(json.loads(say("history", str(spec), "--json")[1])[0]["run"])
    for command in (["events", run], ["events", run, "--json"], ["status", run], ["status", run, "--json"]):
        yield say(*command)
    yield say("report", run, "-o", str(folder / "state" / "report.html"))
    yield say("doctor", str(spec))
    yield say("doctor", str(spec), "--json")
    for kept in (folder / "state", folder / "opt" / ".titan-flow", local_folder(folder / "opt")):
        for path in kept.rglob("*"):
            # A job's own output stays on the host, for root and the SSH user only: there the secret lies anyway.
            if path.is_file() and "jobs" not in path.parts:
                yield str(path.relative_to(kept.parent)), path.read_bytes()


def needles(value: str) -> Iterator[str]:
    """What shows a secret: its first letters, in plain text or at any place inside base64."""
    start = value[:12]
    yield value[:7]
    for before in range(3):
        text = base64.b64encode(bytes(before) + start.encode()).decode().rstrip("=")
        yield text[(0, 2, 3)[before] : -1]


@pytest.mark.slow
def test_a_secret_is_on_no_output_surface(scene: Path, record_property: Callable[[str, object], None]) -> None:
    leaked: list[str] = []
    tried, names = 0, list[str]()
    for surface, content in surfaces(scene):
        names.append(surface)
        text = content.decode(errors="replace")
        for place, value in PLACES.items():
            tried += len(SPELLINGS)
            for needle in needles(value):
                if needle in text:
                    at = text.index(needle)
                    leaked.append(f"{place} on {surface}: {text[max(0, at - 60) : at + 60]!r}")
    assert any("report.html" in name for name in names) and any("timeline.txt" in name for name in names), names
    assert any(".jsonl" in name for name in names), names
    assert not leaked, f"{len(leaked)} leaked:\n" + "\n".join(leaked[:20])
    record_property("counted", f"{tried} places tried, {len(leaked)} leaked")
