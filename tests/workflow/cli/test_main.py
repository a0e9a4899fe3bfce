"""What every command prints to: a stream that is closed, full, read by nobody, or in another encoding."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.workflow.journal.sample import BEGAN, started
from titan_flow.states import events as e
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.cli.parser import COMMANDS
from titan_flow.workflow.journal.location import open_journal

TINY = Path(__file__).parents[1] / "commands" / "tiny.yaml"
RUN = "7Q3F"
PRINTS = {
    "init": "init compose.yaml",
    "sandbox": "",
    "check": "check flow.yaml",
    "simulate": "simulate flow.yaml --runs 1",
    "preflight": "preflight flow.yaml",
    "plan": "plan flow.yaml",
    "run": "run flow.yaml --yes --json",
    "resume": "resume 7Q3F --json",
    "status": "status 7Q3F",
    "history": "history",
    "events": "events 7Q3F",
    "doctor": "doctor flow.yaml",
    "rollback": "rollback 7Q3F --yes --json",
    "disarm": "disarm flow.yaml --reason drill",
    "arm": "arm flow.yaml --reason drill --yes --json",
    "adopt": "adopt flow.yaml --reason drill --yes --json",
    "force-unlock": "force-unlock flow.yaml --run 7Q3F --yes",
    "graph": "graph flow.yaml",
    "report": "report 7Q3F -o -",
    "audit": "audit 7Q3F",
    "schema": "schema",
    "completion": "completion bash",
    "help": "help",
    "version": "version",
    "demo": "",
}
"""By command; empty: it starts a production, and has its own tests (test_demo.py, sandbox/)."""
DRIVES = ("run", "resume", "rollback", "arm", "adopt", "force-unlock", "disarm")
"""An output that takes nothing does not change what these do."""
AS_JSON = ("check", "simulate", "preflight", "plan", "status", "history", "events", "audit")
SPOKEN = [(name, words) for name, words in PRINTS.items() if words]
ALL = [*SPOKEN, *((f"{name} --json", f"{PRINTS[name]} --json") for name in AS_JSON)]


@dataclass(frozen=True)
class Scene:
    folder: Path

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder}/journal.db"

    def line(self, words: str) -> list[str]:
        return [*shlex.split(words), "--store", self.store]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A flow whose texts are not ASCII, its folder, and a run in the journal that is over."""
    (tmp_path / "work").mkdir()
    text = TINY.read_text().replace("/srv/tiny", str(tmp_path / "work"))
    (tmp_path / "flow.yaml").write_text(text.replace("flow: tiny\n", "flow: tiny\nabout: grüßt → 世界\n"))
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x:1}}\n")
    one = Scene(tmp_path)
    first = started("tiny").model_copy(
        update={"spec": text, "target": f"{tmp_path}/work", "params": {"reason": "größer"}}
    )
    ended = e.RunEnded(state="Halted", outcome=Outcome.HALTED, interlock=Interlock.UNKNOWN, says="größer → 世界")
    with closing(open_journal(one.store)) as journal:
        for after, event in enumerate((first, ended)):
            journal.append(RUN, after, event, BEGAN)
    return one


def test_every_command_is_in_the_table() -> None:
    assert {command.name for command in COMMANDS} == set(PRINTS)


def answered(scene: Scene, words: str, out: io.TextIOWrapper, err: io.TextIOWrapper) -> object:
    here = Path.cwd()
    os.chdir(scene.folder)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            return main(scene.line(words))
    except SystemExit as ended:
        return ended.code
    finally:
        os.chdir(here)


def as_usual(scene: Scene, words: str) -> tuple[object, str]:
    """The exit code where everything can be written, and what was printed."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    code = answered(scene, words, out, err)
    out.seek(0)
    return code, out.read()


def full_disk(line_buffering: bool = False) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO("/dev/full", "w")), "utf-8", line_buffering=line_buffering)


def quietly(stream: io.TextIOWrapper) -> None:
    with contextlib.suppress(OSError):
        stream.close()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words"), ALL, ids=[name for name, _ in ALL])
def test_a_full_output_fails_a_result_and_stops_no_driver(name: str, words: str, scene: Scene) -> None:
    code, printed = as_usual(scene, words)
    full, err = full_disk(), io.TextIOWrapper(io.BytesIO(), "utf-8")
    got = answered(scene, words, full, err)
    quietly(full)
    err.seek(0)
    said = err.read()
    assert "Traceback" not in said and "bug" not in said
    if name in DRIVES or not printed:
        return
    assert got == 1, (code, said)
    assert said.splitlines()[-1].startswith("the output could not be written: No space left"), said


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words"), ALL, ids=[name for name, _ in ALL])
def test_a_full_stderr_changes_nothing(name: str, words: str, scene: Scene) -> None:
    del name
    code, _ = as_usual(scene, words)
    full = full_disk(line_buffering=True)  # as Python opens stderr
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    again = answered(scene, words, out, full)
    quietly(full)
    assert again == code


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words"), ALL, ids=[name for name, _ in ALL])
def test_a_reader_that_went_away_is_no_error(name: str, words: str, scene: Scene) -> None:
    _, printed = as_usual(scene, words)
    reads, writes = os.pipe()
    os.close(reads)
    pipe = io.TextIOWrapper(io.BufferedWriter(io.FileIO(writes, "w")), "utf-8")
    err = io.TextIOWrapper(io.BytesIO(), "utf-8")
    code = answered(scene, words, pipe, err)
    quietly(pipe)
    err.seek(0)
    assert "Traceback" not in err.read()
    assert code == 141 or name in DRIVES or not printed


@pytest.mark.slow
@pytest.mark.parametrize(("name", "words"), ALL, ids=[name for name, _ in ALL])
def test_an_encoding_without_the_letters_is_no_error(name: str, words: str, scene: Scene) -> None:
    del name
    code, _ = as_usual(scene, words)
    out, err = io.TextIOWrapper(io.BytesIO(), "ascii"), io.TextIOWrapper(io.BytesIO(), "ascii")
    assert answered(scene, words, out, err) == code


LOCALES = {
    "C": {"LC_ALL": "C"},
    "POSIX, and Python may not help": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "ascii by name": {"PYTHONIOENCODING": "ascii"},
    "ascii by name, strict": {"PYTHONIOENCODING": "ascii:strict", "LC_ALL": "C", "PYTHONUTF8": "0"},
    "a locale that is not there": {"LANG": "xx", "LC_ALL": "xx_XX.ISO-8859-1"},
}
OUTPUTS = {
    "stdout closed": (">&-", 0),
    "stderr closed": ("2>&-", 0),
    "stdin closed": ("<&-", 0),
    "all closed": ("<&- >&- 2>&-", 0),
    "stdout full": (">/dev/full", 1),
    "both full": (">/dev/full 2>&1", 1),
    "stderr full": ("2>/dev/full", 0),
    "a reader of one line": ("| head -1", 141),
    "read by nobody": ("| true", 141),
}


def shell(scene: Scene, words: str, after: str, env: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    line = shlex.join([sys.executable, "-m", "titan_flow", *scene.line(words)])
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line} {after}"],
        cwd=scene.folder,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
    )


@pytest.mark.slow
@pytest.mark.parametrize("locale", LOCALES)
def test_results_are_utf8_in_every_locale(locale: str, scene: Scene) -> None:
    """In real processes: the names of a host, a spec and a page go through files, too."""
    run = shell(scene, "run flow.yaml --yes --json", "", LOCALES[locale])
    assert run.returncode == 0 and b"Traceback" not in run.stderr, run.stderr
    records = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert records[-1]["kind"] == "run.ended"
    drawn = shell(scene, "graph flow.yaml --format svg", "", LOCALES[locale])
    assert drawn.returncode == 0 and "grüßt → 世界" in drawn.stdout.decode(), drawn.stderr
    page = shell(scene, "report 7Q3F -o page.html", "", LOCALES[locale])
    assert page.returncode == 0 and "größer → 世界" in (scene.folder / "page.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("words", ["schema", "--help"])
def test_a_process_ends_with_its_exit_code_whatever_it_prints_to(words: str, output: str, scene: Scene) -> None:
    """Python itself complains at the end of a process of what it could not write, and ends with 120."""
    after, code = OUTPUTS[output]
    done = shell(scene, words, after, {})
    codes = {0, 141} if code == 141 else {code}  # the pipe may have taken all of it before its reader went
    assert done.returncode in codes, done.stderr
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_run_goes_on_whatever_it_prints_to(output: str, scene: Scene) -> None:
    done = shell(scene, "run flow.yaml --yes --json", OUTPUTS[output][0], {})
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr
    with closing(open_journal(scene.store, write=False)) as journal:
        assert [row.outcome for row in journal.summaries() if row.run != RUN] == ["reached"]
