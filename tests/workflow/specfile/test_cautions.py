"""What `check` warns of: EDIT lines, placeholders, interlock patterns; and what it cannot read without waiting."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.specfiles import load, loads
from titan_flow.workflow.cli.main import main
from titan_flow.workflow.specfile.cautions import warnings

SPECS = Path(__file__).parents[3] / "specs"
COMPOSE = (SPECS / "compose.yaml").read_text()


def test_every_edit_line_is_named_with_its_number() -> None:
    spec = load(str(SPECS / "titan.yaml"))
    lines = spec.text.splitlines()
    found = [one for one in warnings(spec) if one.rule == "edit"]
    assert len(found) >= 12 and all("EDIT" in lines[one.line - 1] for one in found)
    assert "edit the lines marked EDIT" in spec.text and not any("marked" in one.text for one in found)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("# EDIT: the host", True),
        ("key: value   # EDIT", True),
        ("    # - http.ok: {url: x}   # EDIT", True),
        ("# masked where they show. EDIT: each has to be there.", True),
        ("# edit the lines marked EDIT, then:", False),
        ('about: "EDIT: not a comment"', False),
        ("# EDITOR: vim", False),
    ],
)
def test_what_is_an_edit_line(line: str, counts: bool) -> None:
    spec = loads(COMPOSE + "x-note: {}\n" + (line if line[0] in "# " else f"x-{line}") + "\n", "flow.yaml")
    last = len(spec.text.splitlines())
    assert any(one.line == last and one.rule == "edit" for one in warnings(spec)) == counts


def test_unedited_lines_are_named_and_do_not_fail_the_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "flow.yaml"
    spec.write_text(COMPOSE)
    assert main(["check", str(spec)]) == 0
    said = capsys.readouterr().err
    assert "app.example.com is a placeholder: write the host as ssh knows it" in said
    assert "warning: EDIT: the host" in said
    assert main(["check", str(spec), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] and {one["rule"] for one in document["warnings"]} >= {"placeholder", "edit"}
    spec.write_text(COMPOSE.replace("app.example.com", "app.peycheff.com"))
    assert main(["check", str(spec), "--format", "github"]) == 0
    assert capsys.readouterr().out.startswith("::warning file=")
    assert not [one for one in warnings(load(str(spec))) if one.rule == "placeholder"]


def test_other_placeholders_are_warnings() -> None:
    green = '  green:\n    - http.ok: {url: "https://app.example.com/health"}\n'
    spec = loads(COMPOSE.replace("  green:\n", green), "flow.yaml")
    (_, found) = [one for one in warnings(spec) if one.rule == "placeholder"]
    assert found.text == "app.example.com is a placeholder"
    assert "app.example.com/health" in spec.text.splitlines()[found.line - 1]


def test_an_unanchored_interlock_pattern_is_a_warning() -> None:
    text = (SPECS / "titan.yaml").read_text()
    assert not [one for one in warnings(loads(text, "t.yaml")) if one.rule == "interlock"]
    loose = text.replace('  armed: "^((SYSTEM', '  armed: "((SYSTEM')
    found = [one for one in warnings(loads(loose, "t.yaml")) if one.rule == "interlock"]
    assert ["`interlock.armed`" in one.text for one in found] == [True]


def test_check_says_what_it_cannot_promise_about_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "flow.yaml"
    spec.write_text(COMPOSE.replace("app.example.com", "app.peycheff.com"))
    assert main(["check", str(spec)]) == 0
    assert "No `migrations:` are named, so no rollback asks first" in capsys.readouterr().out
    spec.write_text(spec.read_text() + "migrations: [db/migrations]\n")
    assert main(["check", str(spec)]) == 0
    assert "A rollback over a change in db/migrations asks first" in capsys.readouterr().out


def test_what_is_no_regular_file_is_refused_without_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "folder.yaml").mkdir()
    for name, why in {"fifo.yaml": "a pipe", "folder.yaml": "it is a folder"}.items():
        assert main(["check", str(tmp_path / name)]) == 2
        assert why in capsys.readouterr().err
