"""Every argument of every command that names a file, a folder or a store, given what is none or holds too much.

The table is the parser itself: a command that is added is tried too. Each try ends with the exit code of the contract
and one line, in bounded time and memory.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from titan_flow.workflow.cli.main import main
from titan_flow.workflow.cli.parser import COMMANDS, parser
from titan_flow.workflow.session.ssh_signature import CannotSign, public_key

TINY = Path(__file__).parents[1] / "commands" / "tiny.yaml"
BOUND = 60
"""seconds after which a try counts as hanging"""
READ = ("SPEC", "RUN|SPEC", "RUN|FILE", "COMPOSE_FILE", "OLD")
WRITTEN = "FILE"
SKIPPED = {"--key": "is read only where a spec has operators: see below"}
NOT_RUN = ("demo",)
"""has no argument"""


def written(content: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def bound(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's name has at most 108 bytes
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(path.name)
    os.chdir(here)


def linked(path: Path) -> None:
    path.symlink_to(path)


def doubled() -> bytes:
    """Nine times nine times nine: 39 lines that would be more values than a machine can hold."""
    lines = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    return "\n".join(["a0: &a0 [x, x]", *lines, ""]).encode()


NO_FILES: dict[str, Callable[[Path], None]] = {
    "missing": lambda _: None,
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "socket": bound,
    "link to itself": linked,
    "device that never ends": lambda path: path.symlink_to("/dev/zero"),
    "device that is empty": lambda path: path.symlink_to("/dev/null"),
    "terminal": lambda path: path.symlink_to("/dev/ptmx"),
    "file that cannot be read": lambda path: path.symlink_to("/proc/self/mem"),
}
BAD_FILES: dict[str, Callable[[Path], None]] = {
    "empty": written(b""),
    "not UTF-8": written(b"flow: caf\xe9\n"),
    "binary": written(bytes(range(256)) * 16),
    "NUL": written(b"flow: \0\n"),
    "a terabyte": sparse,
    "aliases of aliases": written(doubled()),
    "60,000 aliases": written(b"flow: x\na: &a 1\nb: [" + b"*a, " * 60_000 + b"]\n"),
    "100,000 brackets": written(b"flow: " + b"[" * 100_000 + b"]" * 100_000),
    "600 levels": written(b"flow:\n" + b"".join(b" " * n + b"a:\n" for n in range(600))),
    "25,000 keys": written(b"".join(b"k%d: 1\n" % n for n in range(25_000))),
    "a long key": written(b"flow: x\n" + b"k" * 200_000 + b": 1\n"),
}
NAMES = {
    "bytes that are not UTF-8": "odd\udcff",
    "two lines and a colour": "a\x1b[31m\nb",
    "5,000 letters": "x" * 5000,
    "a NUL": "a\0b",
}


class _Hung(BaseException):
    """The bound is over; nothing in the program catches it."""


@dataclass(frozen=True)
class Try:
    code: object
    out: str
    err: str


def tried(argv: list[str]) -> Try:
    """One command in this process. Fails where it hangs, or ends with an exception."""

    def hung(*_: object) -> None:
        raise _Hung(argv)

    out, err = io.StringIO(), io.StringIO()
    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(BOUND)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code: object = main(argv)
            except SystemExit as ended:
                code = ended.code
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return Try(code, out.getvalue(), err.getvalue())


Given = tuple[tuple[str, ...], argparse.ArgumentParser, argparse.Action]


def actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]  # pyright: ignore[reportPrivateUsage]


def verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Of the whole command line, or of a command that has some."""
    one = next((a for a in actions(parser) if isinstance(a, argparse._SubParsersAction)), None)  # pyright: ignore[reportPrivateUsage, reportUnknownArgumentType, reportUnknownVariableType]
    return {} if one is None else dict(one.choices)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def arguments(wanted: Callable[[argparse.Action], bool]) -> Iterator[Given]:
    known = verbs(parser())
    for command in COMMANDS:
        if command.name in NOT_RUN:
            continue
        below = verbs(known[command.name])
        for words, one in (
            [((command.name, verb), one) for verb, one in below.items()]
            if below
            else [((command.name,), known[command.name])]
        ):
            yield from ((words, one, action) for action in actions(one) if wanted(action))


def name_of(given: Given) -> str:
    words, _, action = given
    return " ".join((*words, action.option_strings[0] if action.option_strings else str(action.metavar)))


def skipped(action: argparse.Action) -> bool:
    return bool(set(action.option_strings) & set(SKIPPED))


READING = [*arguments(lambda one: one.metavar in READ)]
WRITING = [*arguments(lambda one: one.metavar == WRITTEN and not skipped(one))]
STORES = [*arguments(lambda one: one.dest == "store")]
TEXTS = [*arguments(lambda one: one.metavar in ("TEXT", "NAME=VALUE", "STATE", "CHECK", "HASH", "RUN", "NAME", "ID"))]
FOLDERS = [*arguments(lambda one: one.metavar == "DIR")]


@pytest.fixture
def scene(tmp_path: Path) -> Generator[Path]:
    """A folder to be in, with a good spec and compose file; no docker to be found."""
    path, here = os.environ["PATH"], Path.cwd()
    (tmp_path / "good.yaml").write_text(TINY.read_text().replace("/srv/tiny", str(tmp_path / "work")))
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x:1}}\n")
    os.environ["PATH"] = str(tmp_path)
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(here)
    os.environ["PATH"] = path


def command_line(given: Given, bad: str) -> list[str]:
    """The command with that argument, and with good ones where it needs others."""
    words, whole, about = given
    good = {"FILE": "out.html", "SPEC": "good.yaml", "RUN|SPEC": "good.yaml", "RUN": "7Q3F", "KIND": "good"}
    no_store = about.dest == "store" or words[0] == "sandbox"
    line: list[str] = [*words] if no_store else [*words, "--store", "sqlite:///journal.db"]
    for action in actions(whole):
        if action is about:
            value = f"sqlite:///{bad}" if action.dest == "store" else bad
        elif action.required:
            value = good.get(str(action.metavar), str(next(iter(action.choices or ("why",)))))
        else:
            line += ["--yes"] if action.dest == "yes" else []
            continue
        line += [action.option_strings[0], value] if action.option_strings else [value]
    return line


def made(folder: Path, table: dict[str, Callable[[Path], None]]) -> Iterator[tuple[str, str]]:
    for name, make in table.items():
        path = folder / f"{name.replace(' ', '-').replace(',', '')}.yaml"
        make(path)
        yield name, str(path)


def refused(given: Given, what: str, path: str, codes: set[int]) -> None:
    done = tried(command_line(given, path))
    assert done.code in codes, (what, done)
    lines = done.err.splitlines()
    assert 1 <= len(lines) <= 2 and "Traceback" not in done.err, (what, done)
    assert "bug" not in done.err and "\x1b" not in done.err, (what, done)


@pytest.mark.parametrize("given", READING, ids=name_of)
def test_what_is_no_file_is_refused_at_once(given: Given, scene: Path) -> None:
    for what, path in [*made(scene, NO_FILES), *NAMES.items()]:
        refused(given, what, path, codes(given))


@pytest.mark.slow
@pytest.mark.parametrize("given", READING, ids=name_of)
def test_a_file_that_holds_no_flow_is_refused_in_bounded_time(given: Given, scene: Path) -> None:
    for what, path in made(scene, BAD_FILES):
        done = tried(command_line(given, path))
        assert done.code in codes(given), (what, done.code, done.err[:500])
        assert 1 <= len(done.err.splitlines()) <= 202 and "Traceback" not in done.err, (what, done.err[:500])


def codes(given: Given) -> set[int]:
    """2: the command line or the spec is wrong. An emergency disarm that could not be sent: 1."""
    return {1, 2} if given[0] == ("disarm",) else {2}


@pytest.mark.slow
@pytest.mark.parametrize("given", WRITING, ids=name_of)
def test_what_cannot_be_written_to_is_refused_at_once(given: Given, scene: Path) -> None:
    if given[0] == ("report",):  # needs a run; it writes as the others do
        return
    for what in ("pipe", "folder", "socket", "link to itself", "file that cannot be read"):
        path = scene / f"{what.replace(' ', '-')}.svg"
        NO_FILES[what](path)
        refused(given, what, str(path), {2})
    refused(given, "full", "/dev/full", {2})
    refused(given, "too long", NAMES["5,000 letters"], {2})


@pytest.mark.slow
@pytest.mark.parametrize("given", STORES, ids=name_of)
def test_a_store_that_is_no_journal_is_refused(given: Given, scene: Path) -> None:
    for what, path in [*made(scene, NO_FILES), *made(scene, BAD_FILES), *NAMES.items()]:
        done = tried(command_line(given, path))
        assert done.code in (0, 1, 2, 3, 7), (what, done)
        assert len(done.err.splitlines()) <= 2 or done.code in (0, 1, 7), (what, done)
        assert "Traceback" not in done.err and "bug" not in done.err, (what, done)


@pytest.mark.parametrize("given", FOLDERS, ids=name_of)
def test_a_folder_that_is_no_sandbox_is_refused(given: Given, scene: Path) -> None:
    for what, path in [*made(scene, NO_FILES), *NAMES.items()]:
        if given[0] != ("sandbox", "up") or what not in ("missing", "folder"):  # it is made in what is empty
            refused(given, what, path, {0, 3} if what == "missing" else {3})


@pytest.mark.parametrize("given", TEXTS, ids=name_of)
def test_text_that_is_not_utf8_ends_in_one_line(given: Given, scene: Path) -> None:
    (scene / "work").mkdir()
    done = tried(command_line(given, "reason=odd\udcff\x1b[31m"))
    assert done.code in (0, 1, 2, 3, 7), done
    assert "Traceback" not in done.err and "bug" not in done.err and "\x1b" not in done.err + done.out, done


@pytest.mark.slow
def test_a_key_that_is_no_file_is_no_key(scene: Path) -> None:
    for _, path in [*made(scene, NO_FILES), *made(scene, BAD_FILES), *NAMES.items()]:
        with pytest.raises(CannotSign):
            public_key(path)


PERMISSIONS = """
import contextlib, io, json, sys
from titan_flow.workflow.cli.main import main
for argv in json.load(sys.stdin):
    err = io.StringIO()
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        try: code = main(argv)
        except SystemExit as ended: code = ended.code
    print(json.dumps([code, err.getvalue()]))
"""


@pytest.mark.slow
def test_a_file_without_read_permission_is_refused(scene: Path) -> None:
    """In a process of its own, because root reads everything: it gives that power up."""
    (scene / "closed.yaml").write_text("flow: x\n")
    (scene / "closed.yaml").chmod(0)
    plain = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    lines = [command_line(given, "closed.yaml") for given in READING]
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        [*plain, sys.executable, "-c", PERMISSIONS],
        input=json.dumps(lines),
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=BOUND * 2,
        check=True,
    )
    for given, line in zip(READING, done.stdout.splitlines(), strict=True):
        code, err = json.loads(line)
        assert code in codes(given) and len(err.splitlines()) <= 2, (name_of(given), code, err)
        elsewhere = given[0] in (("disarm",), ("audit",), ("events",))  # says that nothing was sent; has no run yet
        assert "Permission denied" in err or elsewhere, (name_of(given), err)
