"""The contract of the command line: what scripts and fingers may type."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.journal.sample import records, started
from titan_flow.states import events as e
from titan_flow.states.run import fold
from titan_flow.states.values import Interlock, Outcome
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.cli.parser import COMMANDS, parser
from titan_flow.workflow.exit_codes import Exit, exit_of
from titan_flow.workflow.journal.location import open_journal

HEAVY = (
    "asyncio",
    "dataclasses",
    "httpx",
    "inspect",
    "nats",
    "pathlib",
    "platformdirs",
    "plumbum",
    "pydantic",
    "rich",
    "shtab",
    "shutil",
    "sqlite3",
    "subprocess",
    "tenacity",
    "titan_flow.adapters",
    "titan_flow.states.values",
    "titan_flow.workflow.session",
    "titan_flow.workflow.journal",
    "titan_flow.workflow.sandbox.lifecycle",
    "titan_flow.workflow.specfile",
    "transitions",
    "typing_extensions",
    "yaml",
)
MODULES = 55
"""that `--help` may load beyond what an empty python has; it loads 48"""


def loaded(code: str) -> set[str]:
    """The modules that a fresh python has after running the code."""
    whole = f"import sys\ntry:\n    {code}\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, timeout=30, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "argv", ["--help", "--version", "run --help", "status --help", "sandbox up --help", "graph --help"]
)
def test_the_import_budget_of_help(argv: str) -> None:
    """Time is measured in `bench/`; this is what makes it: nothing heavy is imported before a command runs."""
    more = loaded(f"from titan_flow.workflow.cli.main import main; main({shlex.split(argv)!r})") - loaded("pass")
    heavy = {name for name in more for prefix in HEAVY if name == prefix or name.startswith(f"{prefix}.")}
    assert not heavy
    assert len(more) < MODULES


def test_a_heavy_import_would_be_seen() -> None:
    assert "pydantic" in loaded("import titan_flow.states.values")


@pytest.mark.parametrize("name", [one.name for one in COMMANDS])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"titan-flow {name}" in capsys.readouterr().out


def parsed(line: str) -> argparse.Namespace:
    return parser().parse_args(shlex.split(line))


def test_run_takes_what_the_contract_says() -> None:
    line = "run s.yaml --set a=1 --set b=x=y --until Up --wait 10m --yes --json --arm --first --allow-bad --store sqlite:///j"
    args = parsed(line)
    assert (args.spec, args.set, args.until, args.wait) == ("s.yaml", ["a=1", "b=x=y"], "Up", 600.0)
    assert (args.yes, args.json, args.arm, args.initial, args.allow_bad) == (True,) * 5
    assert args.store == "sqlite:///j"
    bare = parsed("run s.yaml")
    assert (bare.set, bare.until, bare.wait, bare.store) == ([], None, 0.0, None)
    assert not (bare.yes or bare.json or bare.arm or bare.initial or bare.allow_bad)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("resume", {"run": None, "step": None}),
        ("resume 7Q3F --step pull/1=done", {"run": "7Q3F", "step": "pull/1=done"}),
        ("--store sqlite:///j resume 7Q3F", {"store": "sqlite:///j"}),
        ("rollback s.yaml --yes", {"run": "s.yaml", "yes": True}),
        ("disarm s.yaml --reason 'it hurts'", {"spec": "s.yaml", "reason": "it hurts"}),
        ("status", {"run": None, "follow": False, "json": False}),
        ("status 7Q3F --json --follow", {"run": "7Q3F", "follow": True, "json": True}),
        ("history", {"spec": None}),
        ("history s.yaml --json", {"spec": "s.yaml", "json": True}),
        ("show 7Q3F --step verify/3", {"run": "7Q3F", "step": "verify/3"}),
        ("check s.yaml --json", {"spec": "s.yaml", "json": True}),
        ("preflight s.yaml --set a=1 --json", {"spec": "s.yaml", "set": ["a=1"], "json": True}),
        ("run s.yaml --skip-check record/3 --reason no", {"skip_check": ["record/3"], "reason": ["no"]}),
        ("run s.yaml --waive record/3 --reason no", {"skip_check": ["record/3"], "reason": ["no"]}),
        ("run s.yaml --first", {"initial": True}),
        ("rollback s.yaml --nuclear --backup b", {"restore_data": True, "backup": "b"}),
        ("events 7Q3F", {"run": "7Q3F"}),
        ("graph s.yaml --format dot -o f", {"format": "dot", "output": "f"}),
        ("sandbox up d", {"verb": "up", "directory": "d"}),
        ("sandbox release d late-failure --after 2.5", {"kind": "late-failure", "after": 2.5}),
        ("sandbox status d --json", {"verb": "status", "json": True}),
        ("sandbox down d", {"verb": "down"}),
        ("demo", {}),
        ("schema", {"output": None}),
        ("completion zsh", {"shell": "zsh"}),
    ],
)
def test_what_can_be_typed(line: str, wanted: dict[str, object]) -> None:
    args = vars(parsed(line))
    assert {name: args[name] for name in wanted} == wanted
    assert str(args["function"]).startswith(("commands.", "cli."))


@pytest.mark.parametrize(
    "line",
    [
        "deploy s.yaml",
        "run",
        "run s.yaml --wait ten",
        "run s.yaml --set commit",
        "run s.yaml --unti Up",
        "resume R --step pull/1=maybe",
        "rollback",
        "disarm s.yaml",
        "sandbox",
        "sandbox release d strange",
        "graph s.yaml --format png",
        "completion tcsh",
    ],
)
def test_what_cannot_be_typed_exits_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(shlex.split(line))
    assert left.value.code == 2
    said = capsys.readouterr().err
    assert "See: titan-flow " in said and len(said.splitlines()) == 2
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.REACHED, 0),
        (Outcome.STOPPED, 0),
        (Outcome.HALTED, 1),
        (Outcome.REFUSED, 3),
        (Outcome.ROLLED_BACK, 4),
        (Outcome.ABANDONED, 7),
    ],
)
def test_the_exit_code_of_an_end(outcome: Outcome, code: int) -> None:
    end = e.RunEnded(state="Up", outcome=outcome, interlock=Interlock.UNKNOWN)
    assert exit_of(fold(records(told=iter([started(), end])))) == code


def test_the_exit_code_of_what_has_not_ended() -> None:
    def code(*told: e.Event) -> Exit:
        return exit_of(fold(records(told=iter([started(), *told]))))

    assert code() == Exit.OK
    assert code(e.RunParked(why="stop", question="?")) == Exit.RESUMABLE
    assert code(e.RunParked(why="unknown", question="?", step="pull/1")) == Exit.RESUMABLE
    assert code(e.RunParked(why="approval", question="?")) == Exit.WAITING


def test_a_rollback_that_was_asked_for_and_holds_is_0() -> None:
    began = started().model_copy(update={"purpose": "rollback"})
    end = e.RunEnded(state="RolledBack", outcome=Outcome.ROLLED_BACK, interlock=Interlock.DISARMED)
    assert exit_of(fold(records(told=iter([began, end])))) == 0


@pytest.mark.parametrize("argv", ["--version", "version"])
def test_the_version(argv: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([argv]) == 0
    assert capsys.readouterr().out.startswith("titan-flow 0.")


def test_without_a_command_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    bare = capsys.readouterr().out
    assert all(one.name in bare for one in COMMANDS)
    with pytest.raises(SystemExit) as left:
        main(["help"])
    assert left.value.code == 0 and capsys.readouterr().out == bare
    with pytest.raises(SystemExit):
        main(["help", "rollback"])
    shown = capsys.readouterr().out
    assert "--restore-data" in shown and "--nuclear" not in shown


@pytest.mark.parametrize(
    ("line", "hint"), [("rn", "run"), ("statsu", "status"), ("run s.yaml --unti Up", "--until"), ("unlok s", "unlock")]
)
def test_a_typing_mistake_is_answered_with_the_nearest(
    line: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(shlex.split(line))
    assert f"did you mean {hint}?" in capsys.readouterr().err


def test_python_m_works() -> None:
    done = subprocess.run([sys.executable, "-m", "titan_flow", "version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("titan-flow 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_completion_script_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "titan-flow" in script
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0


def completed(line: str, cwd: Path, store: str) -> set[str]:
    """What the shell is told for this line, asked as argcomplete's scripts ask."""
    asked = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_STDOUT_FILENAME": ""}
    answer = cwd / "answer"
    env = {**os.environ, **asked, "_ARGCOMPLETE_STDOUT_FILENAME": str(answer), "TITAN_FLOW_STORE": store}
    subprocess.run([sys.executable, "-m", "titan_flow"], env=env, cwd=cwd, check=True, capture_output=True)
    return {word.strip() for word in answer.read_text().split("\v")}


@pytest.mark.slow
def test_commands_runs_and_specs_are_completed(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/j.db"
    journal = open_journal(store)
    for record in records(run="7Q3F"):
        journal.append(record.run, record.seq - 1, record.event, record.at)
    journal.close()
    (tmp_path / "flow.yaml").touch()
    (tmp_path / "notes.txt").touch()
    assert {"run", "rollback", "resume", "report"} <= completed("titan-flow r", tmp_path, store)
    assert "--until" in completed("titan-flow run --u", tmp_path, store)
    assert completed("titan-flow events ", tmp_path, store) >= {"7Q3F"}
    assert completed("titan-flow status ", tmp_path, store) >= {"7Q3F", "flow.yaml"}
    assert "notes.txt" not in completed("titan-flow run ", tmp_path, store)


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["$schema"].startswith("http://json-schema.org/draft-07")
    assert main(["schema", "-o", str(tmp_path / "s.json")]) == 0
    assert (tmp_path / "s.json").read_text() == printed
    assert main(["schema", "-o", str(tmp_path / "no" / "s.json")]) == 2
