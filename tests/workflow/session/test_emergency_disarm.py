"""Whatever stands in the way, the emergency disarm is sent: one table, and what a real nats-server received."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.adapters.nats_server import NatsServer, free_port
from tests.workflow.bus import Bus
from titan_flow.adapters.guard.client import Guard
from titan_flow.adapters.guard.protocol import local_folder
from titan_flow.adapters.transport.local import LocalHost
from titan_flow.states.chain import line, sealed
from titan_flow.states.hashing import GENESIS
from titan_flow.workflow.cli.parser import parser
from titan_flow.workflow.commands import disarm
from titan_flow.workflow.journal.location import open_journal
from titan_flow.workflow.session.emergency_disarm import Limits

pytestmark = pytest.mark.daemon
LIMITS = Limits(send=3.0, pause=0.1, tries=4, head_start=0.2, look=0.6, confirm=0.1, record=1.5)

SPEC = """\
flow: drill
about: What a disarm meets
target: {directory: "@OPT@"}
nats: {url: "nats://127.0.0.1:@PORT@", user: operator, password: {env: NATS_PASSWORD}}
supervisor: {socket: "@OPT@/no.sock", services: [brain]}
interlock: {services: {brain: {}}, armed: "^ARMED", disarmed: "^DISARMED"}
params:
  commit: {about: what to deploy, default: {git.tip: {remote: origin, branch: main}}}
  reason: {default: Deployment}
states:
  Ready: {initial: true, interlock: any}
  Disarmed: {}
  Verified: {gate: true}
  Armed: {goal: true, interlock: armed}
  Halted: {rest: true, interlock: any}
blocks:
  disarmed:
    - interlock.disarm:
        subject: titan.disarm
        payload: {type: DISARM, reason: "${params.reason}", by: "${run.operator}", id: "${step.id}"}
transitions:
  disarm: {from: Ready, to: Disarmed, do: [disarmed], on_failure: Halted}
  verify: {from: Disarmed, to: Verified, check: [{supervisor.running: {}}], on_failure: Halted}
  arm: {from: Verified, to: Armed, do: [{interlock.arm: {subject: titan.arm, payload: {}}}], on_failure: Halted}
"""
STEP = SPEC[SPEC.index("    - interlock.disarm") : SPEC.index("transitions:")]


@dataclass
class Scene:
    """One emergency: the spec, what is typed, and what is to be undone afterwards."""

    path: Path
    server: NatsServer
    env: pytest.MonkeyPatch
    reason: str = "odd fills"
    wanted: str = "odd fills"
    store: str | None = None
    limits: Limits = LIMITS
    undo: list[Callable[[], object]] = field(default_factory=list[Callable[[], object]])

    @property
    def opt(self) -> Path:
        return self.path.parent / "opt"

    @property
    def text(self) -> str:
        return SPEC.replace("@OPT@", str(self.opt)).replace("@PORT@", str(self.server.port))

    @property
    def guard(self) -> Path:
        return local_folder(self.opt)

    def edit(self, old: str, new: str) -> None:
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new, 1))

    def identified(self) -> None:
        """The host has been deployed to before."""
        import asyncio

        asyncio.run(Guard(LocalHost(), str(self.opt)).identify())

    def deployed(self, text: str | None = None) -> None:
        """The journal has a run that was started with this file."""
        from datetime import UTC, datetime

        from tests.workflow.armory import STARTED

        journal = open_journal(self.store)
        started = STARTED.model_copy(update={"spec": text or self.text, "spec_path": str(self.path.resolve())})
        journal.append("BEFORE", 0, started, datetime.now(UTC))
        journal.close()

    def run(self) -> int:
        words = ["disarm", str(self.path), "--reason", self.reason]
        args = parser().parse(words if self.store is None else ["--store", self.store, *words])
        return disarm.run(args, self.limits)


Arrange = Callable[[Scene], object]


def edit(old: str, new: str) -> Arrange:
    return lambda scene: scene.edit(old, new)


def typed(reason: str, wanted: str | None = None) -> Arrange:
    def arrange(scene: Scene) -> None:
        scene.reason, scene.wanted = reason, reason if wanted is None else wanted

    return arrange


def environment(**values: str | None) -> Arrange:
    def arrange(scene: Scene) -> None:
        for name, value in values.items():
            if value is None:
                scene.env.delenv(name, raising=False)
            else:
                scene.env.setenv(name, value.replace("@TMP@", str(scene.path.parent)))

    return arrange


def stored(url: str) -> Arrange:
    def arrange(scene: Scene) -> None:
        scene.store = url.replace("@TMP@", str(scene.path.parent))

    return arrange


def journal_file(content: bytes) -> Arrange:
    def arrange(scene: Scene) -> None:
        file = scene.path.parent / "bad.db"
        file.write_bytes(content)
        scene.store = f"sqlite:///{file}"

    return arrange


def in_guard(damage: Callable[[Path], object]) -> Arrange:
    def arrange(scene: Scene) -> None:
        scene.identified()
        damage(scene.guard)

    return arrange


def in_its_place(make: Callable[[Path], object]) -> Arrange:
    def arrange(scene: Scene) -> None:
        scene.guard.parent.mkdir(parents=True, exist_ok=True)
        make(scene.guard)

    return arrange


def journaled(damage: Arrange) -> Arrange:
    """The file is of no use; an earlier run was started with it."""

    def arrange(scene: Scene) -> None:
        scene.deployed()
        damage(scene)

    return arrange


def written(content: bytes) -> Arrange:
    return lambda scene: scene.path.write_bytes(content)


def replaced_by(make: Callable[[Path], object]) -> Arrange:
    def arrange(scene: Scene) -> None:
        scene.path.unlink()
        make(scene.path)

    return arrange


def raw(old: bytes, new: bytes) -> Arrange:
    def arrange(scene: Scene) -> None:
        data = scene.path.read_bytes()
        assert old in data
        scene.path.write_bytes(data.replace(old, new, 1))

    return arrange


def emptied(path: Path) -> None:
    for file in path.iterdir():
        if file.is_file():
            file.write_bytes(b"")


def turned_into(name: str, make: Callable[[Path], object]) -> Arrange:
    def damage(guard: Path) -> None:
        path = guard / name
        if path.is_dir() and not path.is_symlink():
            subprocess.run(["rm", "-rf", str(path)], check=True)
        path.unlink(missing_ok=True)
        make(path)

    return in_guard(damage)


def locked_journal(scene: Scene) -> None:
    file = scene.path.parent / "locked.db"
    scene.store = f"sqlite:///{file}"
    open_journal(scene.store).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    scene.undo.append(other.close)


def held_lock(scene: Scene) -> None:
    scene.identified()
    (scene.guard / "lock").touch()
    holder = subprocess.Popen(["flock", str(scene.guard / "lock"), "sleep", "60"], start_new_session=True)
    scene.undo.append(lambda: (os.killpg(holder.pid, 9), holder.wait()))
    time.sleep(0.1)


def earlier_guard(scene: Scene) -> None:
    """As it lay in the checkout, and counted."""
    folder = scene.opt / ".titan-flow"
    folder.mkdir()
    (folder / "version").write_text("1\n")
    (folder / "brake").write_text("3 olga@laptop\n")


def broken_shell(text: str) -> Arrange:
    """The host's `sh` is another program."""

    def arrange(scene: Scene) -> None:
        place = scene.path.parent / "bin"
        place.mkdir()
        (place / "sh").write_text(text)
        (place / "sh").chmod(0o755)
        scene.env.setenv("PATH", f"{place}:{os.environ['PATH']}")

    return arrange


def deaf_agent(scene: Scene) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(scene.path.parent / "agent"))
    server.listen()
    scene.undo.append(server.close)
    scene.env.setenv("SSH_AUTH_SOCK", str(scene.path.parent / "agent"))


def frozen_for(seconds: float) -> Arrange:
    def arrange(scene: Scene) -> None:
        assert scene.server.process is not None
        scene.server.pause()
        scene.limits = replace(LIMITS, tries=50)
        again = threading.Timer(seconds, scene.server.process.send_signal, (signal.SIGCONT,))
        again.start()
        scene.undo.append(again.join)

    return arrange


def moved_server(scene: Scene) -> None:
    """The file names a server that is not there; the run before was started with the right one."""
    scene.deployed()
    scene.edit(f":{scene.server.port}", f":{free_port()}")


NO_STEP = SPEC.index("blocks:"), SPEC.index("transitions:")
BROKEN = "{unreadable: [\n"
SITUATIONS: dict[str, Arrange] = {
    "nothing in the way": lambda scene: None,
    # the spec has a mistake elsewhere
    "spec: an unknown key": edit("about:", "abuot:"),
    "spec: an unknown adapter": edit("supervisor.running", "nomad.running"),
    "spec: an unknown check": edit("supervisor.running", "supervisor.walking"),
    "spec: an adapter's block whose package is missing": edit("states:", "vault: {address: here}\nstates:"),
    "spec: an unknown state": edit("to: Verified", "to: Verifeid"),
    "spec: an unknown recovery": edit("on_failure: Halted}\n  verify", "on_failure: rollback}\n  verify"),
    "spec: no gate": edit("gate: true", "rest: true"),
    "spec: no initial state": edit("initial: true, ", ""),
    "spec: no states": edit("states:\n", "stats:\n"),
    "spec: no name": edit("flow: drill\n", ""),
    "spec: a wrong name": edit("flow: drill", "flow: [drill]"),
    "spec: not YAML in the states": edit("  Disarmed: {}\n", "  Disarmed: }{\n"),
    "spec: not YAML in the transitions": edit("  verify: {from", "  verify: {from}}: ["),
    "spec: not YAML in the parameters": edit("  reason: {default", "  reason: [default"),
    "spec: not YAML beside the step": edit("blocks:\n", "blocks:\n  other: [}\n"),
    "spec: not YAML at the end": lambda scene: scene.path.write_text(scene.path.read_text() + 'prove: ["Armed\n'),
    "spec: not YAML at the beginning": lambda scene: scene.path.write_text("}{\n" + scene.path.read_text()),
    "spec: merge conflict markers": edit("states:\n", "<<<<<<< HEAD\nstates:\n"),
    "spec: a tab as indentation": edit("  Halted: {rest", "\tHalted: {rest"),
    "spec: an alias": edit("gate: true", "gate: *yes"),
    "spec: a tag": edit("gate: true", "gate: !!bool true"),
    "spec: a key twice": edit("  Verified: {gate", "  Verified: {}\n  Verified: {gate"),
    "spec: a second document": lambda scene: scene.path.write_text(scene.path.read_text() + "---\nflow: other\n"),
    "spec: nested too deep": edit("gate: true", f"gate: {'[' * 40}{']' * 40}"),
    "spec: too big": lambda scene: scene.path.write_text(scene.path.read_text() + "# x\n" * 100_000),
    "spec: bytes that are not UTF-8 in a comment": raw(b"states:\n", b"# caf\xe9\nstates:\n"),
    "spec: bytes that are not UTF-8 in a text": raw(b"What a disarm meets", b"Was \xff\xfe ist"),
    "spec: a NUL character": raw(b"What a", b"What\0a"),
    "spec: a byte order mark": raw(b"flow: drill", b"\xef\xbb\xbfflow: drill"),
    "spec: Windows line ends": lambda scene: scene.path.write_bytes(scene.path.read_bytes().replace(b"\n", b"\r\n")),
    "spec: operators that are nobody": edit("states:", "operators: [{}]\nstates:"),
    "spec: a claim that does not hold": edit("states:", "prove: [Armed only after Halted]\nstates:"),
    # target, transport and step have something extra, or something wrong that is not needed
    "target: an unknown key": edit("target: {", "target: {colour: red, "),
    "target: relative": edit('target: {directory: "', 'target: {directory: ".'),
    "target: missing": edit("target:", "x-target:"),
    "target: a directory that is not there": edit("/opt", "/elsewhere"),
    "target: a host that nobody knows": edit("target: {", "target: {ssh: nobody@no.such.invalid, "),
    "nats: an unknown key": edit("user: operator", "user: operator, colour: red"),
    "interlock: missing": edit("interlock: {services", "x-interlock: {services"),
    "interlock: a broken pattern": edit('"^ARMED"', '"(ARMED"'),
    "services: missing": edit("supervisor: {", "x-supervisor: {"),
    "services: a wrong block": edit("services: [brain]", "services: 5"),
    "step: an unknown key": edit("subject: titan.disarm", "subject: titan.disarm\n        loud: true"),
    "step: a wrong duration": edit("subject: titan.disarm", "subject: titan.disarm\n        within: 20"),
    "step: a wrong choice": edit("subject: titan.disarm", "subject: titan.disarm\n        unconfirmed: maybe"),
    "step: a reference without a value": edit("type: DISARM", 'type: DISARM, commit: "${params.commit}"'),
    "step: an unknown reference": edit("type: DISARM", 'type: DISARM, odd: "${pull.images}"'),
    "step: in a block that nothing uses": edit("do: [disarmed]", "do: []"),
    "step: one with a wrong subject before it": edit(
        "    - interlock.disarm:", "    - interlock.disarm: {subject: 'a b', payload: {}}\n    - interlock.disarm:"
    ),
    # the file is of no use: an earlier run was started with it
    "no spec: removed": journaled(lambda scene: scene.path.unlink()),
    "no spec: empty": journaled(written(b"")),
    "no spec: other bytes": journaled(written(bytes(range(256)) * 50)),
    "no spec: a folder": journaled(replaced_by(Path.mkdir)),
    "no spec: a pipe": journaled(replaced_by(os.mkfifo)),
    "no spec: a link to itself": journaled(replaced_by(lambda path: path.symlink_to(path))),
    "no spec: without the step": journaled(lambda scene: scene.path.write_text(scene.text.replace(STEP, "    []\n"))),
    "no spec: without a server": journaled(edit("nats: {", "x-nats: {")),
    "no spec: a password that stands in it": journaled(edit("{env: NATS_PASSWORD}", "hunter2hunter2")),
    "no spec: a server that is not there": moved_server,
    # who types, and what
    "reason: bytes that are not UTF-8": typed("odd \udcff\udcfe fills", "odd \ufffd\ufffd fills"),
    "reason: empty": typed(""),
    "reason: quotes and line ends": typed('"}\r\nPUB titan.arm 0\r\n\r\n{"'),
    "reason: a reference": typed("${params.commit} ${"),
    "reason: very long": typed("x" * 100_000),
    "reason: characters that turn the line": typed("\u202eodd\x1b[2J"),
    "login: bytes that are not UTF-8": environment(LOGNAME="ol\udcffga"),
    "login: unknown": environment(LOGNAME=None, USER=None, USERNAME=None, LNAME=None),
    "agent: not there": environment(SSH_AUTH_SOCK="@TMP@/none"),
    "agent: never answers": deaf_agent,
    "home: missing": environment(HOME=None, XDG_STATE_HOME=None),
    "home: not there": environment(HOME="@TMP@/none/none", XDG_STATE_HOME=None),
    "home: relative, with bytes that are not UTF-8": environment(HOME="\udcff", XDG_STATE_HOME="\udcfe"),
    "path: no program on it": environment(PATH="/nowhere"),
    "locale: none": environment(LC_ALL="C", LANG="xx_XX", TZ="Nowhere/No"),
    # the journal
    "journal: a bad TITAN_FLOW_STORE": environment(TITAN_FLOW_STORE="postgres://db/titan"),
    "journal: a bad --store": stored("nonsense"),
    "journal: a NUL in its name": stored("sqlite:///a\0b"),
    "journal: a folder": stored("sqlite:///@TMP@"),
    "journal: in a place that cannot be made": stored("sqlite:////proc/titan/journal.db"),
    "journal: on a full device": stored("sqlite:////dev/full"),
    "journal: not a journal": journal_file(b"this is no journal"),
    "journal: torn": journal_file(b"SQLite format 3\0" + b"\xff" * 4096),
    "journal: locked by another process": locked_journal,
    # the host and its guard
    "guard: one of an earlier titan-flow": earlier_guard,
    "guard: every file empty": in_guard(emptied),
    "guard: written by a newer titan-flow": turned_into("version", lambda path: path.write_text("999\n")),
    "guard: a version of other bytes": turned_into("version", lambda path: path.write_bytes(b"\xff\0\n")),
    "guard: the record of disarms is other bytes": turned_into("disarm", lambda path: path.write_bytes(b"\xff\0\n")),
    "guard: the record of disarms is a folder": turned_into("disarm", Path.mkdir),
    "guard: the record of disarms leads elsewhere": turned_into("disarm", lambda path: path.symlink_to("/dev/full")),
    "guard: no runs folder": turned_into("runs", lambda path: None),
    "guard: the holder is other bytes": turned_into("holder", lambda path: path.write_bytes(b"\xff\0\xfe")),
    "guard: a lock that is a folder": turned_into("lock", Path.mkdir),
    "guard: a lock that is never let go": held_lock,
    "guard: a file in its place": in_its_place(lambda path: path.write_text("no folder")),
    "guard: a link to nowhere in its place": in_its_place(lambda path: path.symlink_to("/nowhere")),
    "host: its shell fails": broken_shell("#!/bin/dash\nexit 3\n"),
    "host: its shell says anything": broken_shell("#!/bin/dash\nhead -c 300000 /dev/urandom\n"),
    "host: its shell never ends": broken_shell("#!/bin/dash\nexec sleep 60\n"),
    # the bus
    "bus: frozen at first": frozen_for(3.0),
}
"""What stands in the way -> how the scene gets so."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    one = NatsServer(tmp_path_factory.mktemp("nats")).start()
    one.settings()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def bus(server: NatsServer) -> Iterator[Bus]:
    one = Bus(server.port)
    yield one
    one.close()


@pytest.fixture
def scene(tmp_path: Path, server: NatsServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name in ("TITAN_FLOW_STORE", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    one = Scene(tmp_path / "flow.yaml", server, monkeypatch)
    one.opt.mkdir()
    one.path.write_text(one.text)
    one.guard.parent.mkdir(parents=True, exist_ok=True)
    yield one
    for undo in reversed(one.undo):
        undo()
    subprocess.run(["/bin/rm", "-rf", str(one.guard)], check=True)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_disarm_is_sent(name: str, scene: Scene, bus: Bus, capsys: pytest.CaptureFixture[str]) -> None:
    SITUATIONS[name](scene)
    before = bus.count
    code = scene.run()
    heard = bus.since(before)
    said = capsys.readouterr()
    assert heard, said.err
    assert {message["type"] for message in heard} == {"DISARM"}
    assert {message["reason"] for message in heard} == {scene.wanted}
    assert all("@" in message["by"] and message["id"].startswith("disarm/") for message in heard)
    assert code == 1 and "disarm was sent, not confirmed" in said.err, said.err
    assert "Traceback" not in said.err


def test_it_is_sent_before_the_host_is_asked_anything(scene: Scene, bus: Bus) -> None:
    """The host's shell writes down what the bus had received when it was first called."""
    broken_shell(f"#!/bin/dash\n[ -e {scene.opt}/asked ] || touch {scene.opt}/asked\nexit 3\n")(scene)
    before = bus.count
    scene.run()
    asked = (scene.opt / "asked").stat().st_mtime
    first = re.search(r"disarm/(.*)", bus.since(before)[0]["id"])
    from datetime import datetime

    assert first is not None and datetime.fromisoformat(first[1]).timestamp() <= asked


def test_a_run_that_was_learned_from_a_host_says_nothing_of_where_to_send(scene: Scene, bus: Bus) -> None:
    """Whoever owns the host chose its spec: the server that it names would be given our password."""
    from datetime import UTC, datetime

    from tests.workflow.armory import STARTED

    started = STARTED.model_copy(update={"spec": scene.text, "spec_path": str(scene.path.resolve())})
    with closing(open_journal(scene.store)) as journal:
        journal.import_([line(sealed("LEARND", 1, datetime.now(UTC), started, GENESIS))], learned=True)
    scene.edit(f":{scene.server.port}", f":{free_port()}")
    before = bus.count
    assert scene.run() != 0
    assert bus.since(before, patience=0.3) == []


def test_the_situations_are_counted(record_property: Callable[[str, object], None]) -> None:
    assert len(SITUATIONS) >= 60
    record_property("counted", f"emergency disarm: {len(SITUATIONS)} situations, sent in each")
