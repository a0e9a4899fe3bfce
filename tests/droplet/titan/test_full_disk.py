"""The host's disk is full, where its own words about runs would go: the brake works all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.droplet.titan.operating import TitanOperator
from tests.droplet.titan.scene import DIRECTORY, Titan
from tests.droplet.titan.standin.trader import BRAIN, EXECUTION

FULL = """
cd "$1" && mkdir -p .titan-flow
mount -t tmpfs -o size=16k,mode=755,uid=$(id -u deploy),gid=$(id -g deploy) tmpfs .titan-flow
dd if=/dev/zero of=.titan-flow/filling 2>/dev/null || df .titan-flow
"""


@pytest.fixture
def full(titan: Titan) -> Iterator[None]:
    titan.droplet.sh(FULL, DIRECTORY)
    try:
        yield
    finally:
        titan.droplet.sh('umount "$1/.titan-flow"', DIRECTORY)


@pytest.mark.usefixtures("full")
def test_the_brake_works_and_a_run_is_refused(tmp_path: Path, titan: Titan) -> None:
    operator = TitanOperator(tmp_path, titan)
    titan.release("v2")
    assert operator.run() not in (0, 4), operator.said
    assert titan.running() == titan.ids(titan.v1) and titan.head() == titan.v1.commit
    assert operator.titan("disarm", str(operator.spec), "--reason", "the disk is full") == 0, operator.said
    assert titan.armed() == {BRAIN: False, EXECUTION: False}
