"""Bad specs (bad_specs.yaml): one mistake each, and exactly what is said of it, and where."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tests.workflow.specfile.stand_ins import GOOD, loads
from titan_flow.workflow.specfile.errors import SpecError


class Bad(NamedTuple):
    """The good spec with `old` replaced by `new`, once."""

    old: str
    new: str
    at: str
    says: str


TABLE = [Bad(**case) for case in yaml.safe_load(Path(__file__).with_name("bad_specs.yaml").read_text())]


def test_the_good_spec_is_good() -> None:
    assert loads(GOOD, "good.yaml").flow.name == "shop"


@pytest.mark.parametrize("bad", TABLE, ids=[f"{bad.at} {bad.says[:40]}" for bad in TABLE])
def test_one_mistake_is_reported_once(bad: Bad) -> None:
    assert bad.old in GOOD
    with pytest.raises(SpecError) as caught:
        loads(GOOD.replace(bad.old, bad.new, 1), "bad.yaml")
    assert str(caught.value).splitlines() == [f"bad.yaml:{bad.at}: {bad.says}", "1 mistake; nothing was touched"]


def test_every_mistake_is_reported_at_once() -> None:
    """Mistakes of different kinds and places do not hide each other; each of these cases is in the table, too."""
    text = GOOD
    for old, new in (("attempts: 3", "attempts: 0"), ("${run.id}", "${run.ids}"), ("to: Fetched", "to: Fetchd")):
        text = text.replace(old, new, 1)
    with pytest.raises(SpecError) as caught:
        loads(text, "bad.yaml")
    assert [(mistake.line, mistake.column) for mistake in caught.value.mistakes] == [(13, 48), (32, 74), (46, 31)]
    assert str(caught.value).splitlines()[-1] == "3 mistakes; nothing was touched"


def test_the_graph_is_proved_beside_a_misspelt_name() -> None:
    text = GOOD.replace("to: Fetched", "to: Fetchd", 1).replace(
        "  arm: {from", "  arm2: {from: Up, to: Armed, on_failure: Halted}\n  arm: {from", 1
    )
    with pytest.raises(SpecError) as caught:
        loads(text, "bad.yaml")
    told = str(caught.value)
    assert "bad.yaml:46:31: transition `fetch` goes to unknown state `Fetchd` (did you mean Fetched?)" in told
    assert "Armed can be reached without Verified" in told
