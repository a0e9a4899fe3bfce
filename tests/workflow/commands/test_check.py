"""`check` as CI reads it: annotations, JSON, and the lines that a counter-example goes through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.specfiles import load
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.commands.github_annotations import annotated
from titan_flow.workflow.specfile.errors import Mistake, SpecError


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The smallest flow, with a way around its gate."""
    text = (Path(__file__).parent / "tiny.yaml").read_text()
    spec = tmp_path / "specs" / "bro,ken:100%.yaml"
    spec.parent.mkdir()
    step = '{command.run: {command: ["true"], idempotent: true}}'
    around = f"  jump: {{from: Ready, to: Done, do: [{step}], on_failure: Halted}}\n"
    spec.write_text(text.replace("transitions:\n", "transitions:\n" + around))
    return spec


def test_a_counter_example_names_every_line_it_goes_through(broken: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load(str(broken))
    (mistake,) = caught.value.mistakes
    lines = broken.read_text().splitlines()
    assert mistake.rule == "deterministic"
    for name, line, column in mistake.involved:
        assert lines[line - 1][column - 1 :].startswith(name)
    assert str(mistake).startswith(f"{broken}:{mistake.line}:{mistake.column}: two transitions leave `Ready`")


def test_github_annotates_the_line(
    broken: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(broken.parents[1]))
    assert main(["check", str(broken), "--format", "github"]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    head, _, text = line.removeprefix("::").partition("::")
    assert head.startswith("error file=specs/bro%2Cken%3A100%25.yaml,line=")
    assert head.endswith(",col=3,title=titan-flow check%3A deterministic")
    assert text.startswith("two transitions leave `Ready`")


def test_what_would_end_an_annotation_is_escaped() -> None:
    (line,) = annotated([Mistake("a.yaml", 0, 0, "50% of\r\nit")])
    assert line == "::error file=a.yaml,title=titan-flow check::50%25 of··it"


def test_several_lines_are_one_annotation(broken: Path) -> None:
    path, involved = ("A", "B", "C"), (("t", 3, 5), ("u", 4, 5))
    (line,) = annotated([Mistake("a.yaml", 3, 5, "wrong", "gates", path, involved)])
    assert line.endswith("::wrong%0AA → B → C: lines 3 (t), 4 (u)")


def test_json_has_the_counter_example(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(broken), "--json"]) == 2
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert mistake["rule"] == "deterministic"
    assert {one["name"] for one in mistake["involved"]} >= {"jump"}
