"""A release that breaks the very thing by which it would be disarmed; a system that was disarmed deliberately."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import Titan
from tests.droplet.titan.standin.trader import BRAIN, EXECUTION

DISARMED = {BRAIN: False, EXECUTION: False}


@pytest.fixture
def operator(tmp_path: Path, titan: Titan) -> TitanOperator:
    return TitanOperator(tmp_path, titan)


def test_a_release_that_breaks_nats_is_rolled_back_all_the_same(operator: TitanOperator, titan: Titan) -> None:
    """The rollback cannot disarm at its beginning; it continues, and the disarm at its end decides."""
    titan.release("v2", files={"config/nats.conf": "no configuration {\n"})
    assert operator.run() == 4, operator.said
    assert titan.running() == titan.ids(titan.v1) and titan.head() == titan.v1.commit
    assert titan.armed() == DISARMED and titan.witness.count("arm") == 0
    steps = {getattr(record.event, "step", ""): record.event for record in operator.newest()}
    assert "not confirmed" in str(steps["fast_rollback/1"]) or "could be armed" in str(steps["fast_rollback/1"])


def test_a_new_nats_conf_is_what_nats_runs_by(operator: TitanOperator, titan: Titan) -> None:
    """The server is asked, not our own records: the release raises its limit on payloads."""
    before = titan.droplet.sh("cat /opt/titan/config/nats.conf")
    v2 = titan.release("v2", files={"config/nats.conf": f"{before}\nmax_payload: 54321\n"})
    assert operator.run() == 0, operator.said
    assert titan.running() == titan.ids(v2)
    info = titan.droplet.exec(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/4222; head -n 1 <&3"]).stdout
    assert '"max_payload":54321' in info


@pytest.mark.soak
def test_disarmed_deliberately_it_is_deployed_and_stays_disarmed(operator: TitanOperator, titan: Titan) -> None:
    spec = str(operator.spec)
    assert operator.titan("disarm", spec, "--reason", "exchange maintenance") == 0, operator.said
    v2 = titan.release("v2")
    assert operator.run() == 0, operator.said
    assert titan.running() == titan.ids(v2) and titan.armed() == DISARMED
    assert "--arm" in operator.said and titan.witness.count("arm") == 0
    assert operator.titan("arm", spec, "--reason", "maintenance is over", "--yes") == 0, operator.said
    assert titan.armed() == {BRAIN: True, EXECUTION: True}
