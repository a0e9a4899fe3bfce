"""The JSON Schema that editors take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.specfiles import OURS, load
from tests.workflow.specfile.stand_ins import ADAPTERS, GOOD
from titan_flow.workflow.specfile.json_schema import schema
from titan_flow.workflow.specfile.yaml_reader import page_of

SPECS = Path(__file__).parents[3] / "specs"


def wrong(made: dict[str, Any], text: str) -> list[str]:
    data = dict(page_of(text, "x.yaml")[0].data)
    return [error.json_path for error in Draft7Validator(made).iter_errors(data)]  # pyright: ignore[reportUnknownMemberType]


def test_the_good_spec_fits() -> None:
    made = schema(ADAPTERS)
    Draft7Validator.check_schema(made)
    assert wrong(made, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("about: A small", "abuot: A small", "$"),
        ("sudo: true", "sudoo: true", "$.compose"),
        ("steady: 30s", "stedy: 30s", "$.transitions.verify"),
        ("steady: 30s", "steady: 30", "$.transitions.verify.steady"),
        ("goal: true", "goal: perhaps", "$.states.Armed.goal"),
        ("attempts: 3", "attempts: 99", "$.defaults.attempts"),
        ("compose.running:\n", "compose.runing:\n", "$.blocks.green[0]"),
        ("forbid: [Panic", "fobid: [Panic", "$.blocks.green[1]"),
        ("pull: missing", "pull: sometimes", "$.transitions.up.do[0]"),
        ("{git.tip: {branch", "{git.tip: {brnach", "$.params.commit.default"),
        ("  fetch: {from: Disarmed, ", "  fetch: {", "$.transitions.fetch"),
        ("by: operator", "by: hand", "$.recoveries.nuclear_rollback.by"),
        ("  Up: {}", "  U-p: {}", "$.states"),
    ],
)
def test_a_mistake_is_shown_where_it_is(old: str, new: str, where: str) -> None:
    assert old in GOOD
    assert wrong(schema(ADAPTERS), GOOD.replace(old, new, 1)) == [where]


def test_steps_are_described_for_the_eye() -> None:
    steps: Any = schema(ADAPTERS)["definitions"]
    assert steps["step"]["properties"]["compose.up"]["description"] == "Starts the services."
    up = steps["step"]["properties"]["compose.up"]["properties"]
    assert up["remove_orphans"]["description"] == "removes what the file no longer has"
    assert steps["Watch"]["properties"]["every"]["default"] == "10s"


@pytest.mark.parametrize("file", sorted(SPECS.glob("*.yaml")), ids=lambda file: file.name)
def test_every_spec_of_ours_loads_and_fits_and_names_the_schema(file: Path) -> None:
    text = file.read_text()
    assert load(str(file)).flow.initial.name
    assert wrong(schema(OURS), text) == []
    assert "# yaml-language-server: $schema=./titan-flow.schema.json" in text.splitlines()[:3]


def test_the_committed_schema_is_current() -> None:
    committed = json.loads((SPECS / "titan-flow.schema.json").read_text())
    assert committed == schema(OURS), "make it again: titan-flow schema -o specs/titan-flow.schema.json"
