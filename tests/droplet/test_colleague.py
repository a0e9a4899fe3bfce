"""Two laptops, one host over SSH: what one started, the other sees, continues or rolls back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.droplet.deploying import Operator
from tests.droplet.production import Production

DYING = (sys.executable, "-m", "tests.crash.dying")


@pytest.fixture
def olga(tmp_path: Path, production: Production) -> Operator:
    (tmp_path / "olga").mkdir()
    return Operator(tmp_path / "olga", production)


@pytest.fixture
def ben(tmp_path: Path, production: Production) -> Operator:
    """Never ran it, and knows the host by another name."""
    (tmp_path / "ben").mkdir()
    ben = Operator(tmp_path / "ben", production)
    ben.spec.write_text(ben.spec.read_text().replace("ssh: droplet,", f"ssh: deploy@{production.address},"))
    return ben


def test_another_laptop_continues_a_run(olga: Operator, ben: Operator, production: Production) -> None:
    assert olga.deploy("v2", program=(*DYING, "after-effect", "up/1")) == -9
    left = olga.newest()[0].run
    assert ben.titan("status", str(ben.spec), "--json") == 7, ben.said
    seen = json.loads(ben.said)
    assert (seen["run"], seen["outcome"]) == (left, "interrupted")
    assert ben.deploy("v3") == 7 and left in ben.said, "one environment, by whatever name"
    assert ben.titan("resume", str(ben.spec), "--yes") == 0, ben.said
    assert production.running() == {name: one.id for name, one in production.releases["v2"].images.items()}
    assert olga.titan("status", str(olga.spec), "--json") == 0, "she learns how it ended"
    assert json.loads(olga.said)["outcome"] == "reached"


@pytest.mark.soak
def test_what_one_laptop_began_another_takes_back(olga: Operator, ben: Operator, production: Production) -> None:
    before = production.running()
    assert olga.deploy("v2", program=(*DYING, "after-effect", "up/1")) == -9
    assert production.running() != before
    assert ben.titan("rollback", str(ben.spec), "--yes") == 0, ben.said
    assert production.running() == before
